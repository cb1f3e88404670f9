"""DynamoDB beside moto: items in the order of their sort keys, and the capacity that each call takes."""
