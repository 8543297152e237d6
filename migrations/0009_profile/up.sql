-- What an application keeps about a person beside what every account has: a JSON object as
-- text, nothing where there is none. Servers of earlier versions leave it alone.
ALTER TABLE users ADD COLUMN profile TEXT;
