"""What is paid for is packed and sent."""
