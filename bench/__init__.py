"""Measurements of a whole system on one machine. `make bench` makes them all and writes `docs/performance.md`;
`make bench ARGS="--rows sizes closings"` makes some.

How to read them:

- Everything runs on the same cores, the load generator too. Its own CPU is a column like any other process's, so that
  one can see how little of the machine it takes; it is the same generator in every row.
- *Connections* are kept alive and each sends its next request when the last is answered: 64 connections are 64 people
  who vote as fast as they are answered. Every vote is another member's or on another option, so every vote changes
  something. p50 and p99 are what half, and all but one in a hundred, of the votes took at most.
- *batched* is the system as it is. *unbatched* is the same with `BATCHING=false` in gateway and voting: one message per
  request between them, one transaction per message. *bare* is the ceiling of the library: strawberry's own ASGI view
  with its caches, the same mutation, and a resolver that returns at once: no identity, no service, no database.
- Rounds are interleaved (every kind at one number of connections, then the next number) and each figure is the median
  over the rounds, so that a slow minute of the machine touches all kinds alike. Ratios within one run mean more than
  figures from two machines.
- *failed* counts answers that were not "done" (the gateway gives up after 10 s and says so). *quiet after* is how long
  after the last answer the listeners behind it were still busy.
- The page says how much of the machine went to other programs meanwhile. Above a few per cent, measure again.
- *CPU per operation* counts from the first request until everything behind it (relay, broker, listeners) is quiet
  again, less what the process spends when idle. Work that happens after the answer is not hidden.
- Rows at two sizes (`--rows sizes`, `closings`, `journals`) come from systems of their own, whose ballots and journals
  are filled in bulk. Their claims are ratios of CPU, or of one rate to another in the same minute: they hold on a busy
  machine too, while seconds of a start and of a count do not.
"""
