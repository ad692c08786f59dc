"""The poll of the payment page, answered before Flask begins. This folder may be deleted whole; Flask answers the same."""
