"""The front desk: one GraphQL API over all streets."""
