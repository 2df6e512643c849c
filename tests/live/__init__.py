"""The most real parts that can be reached: the servers that journeys and accidents are played on."""
