"""Finding an order or a payment by whatever one knows of it."""
