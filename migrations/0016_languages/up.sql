-- The language that a person has set for pages and mails, as a tag of BCP 47; nothing where they
-- take what the browser asks for.
ALTER TABLE users ADD COLUMN language TEXT;
-- What whoever brought a mail about reads, the best first, with commas between. Mails of servers
-- of earlier versions have nothing there.
ALTER TABLE outbox ADD COLUMN languages TEXT;
