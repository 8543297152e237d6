-- ARGV: the incarnation.
redis.call('HDEL', members, ARGV[2])
