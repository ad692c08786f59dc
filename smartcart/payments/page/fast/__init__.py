"""The poll of the payment page, answered before Flask begins. It may be deleted whole: Flask answers the same."""
