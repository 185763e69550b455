"""What a request asks of the built-in tools, read by a small network.

`sentence` finds what can be pointed at in a request, `program` is the language of calls over it,
`grammar` says what may come next in a program, `network` computes how likely each is, and `parser`
searches for the best one.
"""
