"""The sandbox's bank, where a shopper confirms. It stands for a party outside the shop and knows no payments."""
