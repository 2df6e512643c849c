"""What is shown with Node.js: the clients, generators and validators that others use, against the real thing."""
