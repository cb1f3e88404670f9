"""S3's data plane: objects, CORS, websites, forms, notifications, public access."""
