"""What programs ask the API most, answered before Flask begins. It may be deleted whole: Flask answers the same."""
