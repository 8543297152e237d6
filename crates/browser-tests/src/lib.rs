//! The web pages in a real browser: all there is lies in `tests/browser`.
