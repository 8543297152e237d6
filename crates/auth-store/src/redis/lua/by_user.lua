-- ARGV: the user's id.
return records_of(ARGV[2])
