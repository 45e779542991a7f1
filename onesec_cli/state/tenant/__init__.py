"""What management calls change about a tenant."""
