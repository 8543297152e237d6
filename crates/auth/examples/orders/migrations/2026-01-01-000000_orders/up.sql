-- Goes with the account, which ours deletes.
CREATE TABLE orders (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    article TEXT NOT NULL
);
CREATE INDEX orders_by_user ON orders (user_id);
