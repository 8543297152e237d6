//! Counting the requests in a stream of bytes that arrives in pieces.

use super::Protocol;

/// Counts requests of one connection.
pub(super) enum Trips {
    Postgres(Messages),
    Redis(Commands),
}

impl Trips {
    pub(super) fn of(protocol: Protocol) -> Self {
        match protocol {
            Protocol::Postgres => Self::Postgres(Messages::default()),
            Protocol::Redis => Self::Redis(Commands::default()),
        }
    }

    /// How many requests end in this piece.
    pub(super) fn count(&mut self, piece: &[u8]) -> u64 {
        piece
            .iter()
            .map(|byte| u64::from(self.ends_with(*byte)))
            .sum()
    }

    fn ends_with(&mut self, byte: u8) -> bool {
        match self {
            Self::Postgres(messages) => messages.next(byte),
            Self::Redis(commands) => commands.next(byte),
        }
    }
}

/// PostgreSQL's messages: a byte that says which, four with the length of what follows
/// including themselves, and then that. Up to the startup message there is no such byte: that
/// is the first one, or the one after a question for encryption, whose eight bytes are too few
/// for a startup. A client waits for an answer after Sync and after a simple Query.
#[derive(Default)]
pub(super) struct Messages {
    begun: bool,
    tag: Option<u8>,
    length: Vec<u8>,
    asks: bool,
    rest: u32,
}

/// The length of a question for encryption.
const QUESTION: u32 = 8;

impl Messages {
    fn next(&mut self, byte: u8) -> bool {
        if self.rest > 0 {
            self.rest -= 1;
        } else if self.begun && self.tag.is_none() {
            self.tag = Some(byte);
            return false;
        } else {
            self.length.push(byte);
            let Ok(length) = <[u8; 4]>::try_from(&self.length[..]) else {
                return false;
            };
            self.length.clear();
            let length = u32::from_be_bytes(length);
            self.asks = !self.begun && length == QUESTION;
            self.rest = length.saturating_sub(4);
        }
        self.rest == 0 && self.finish()
    }

    fn finish(&mut self) -> bool {
        self.begun |= !self.asks;
        matches!(self.tag.take(), Some(b'S' | b'Q'))
    }
}

/// Redis' commands: `*` and the number of parts in a line, then for each part `$` and its
/// length in a line, the part, and a line break.
#[derive(Default)]
pub(super) struct Commands {
    line: Vec<u8>,
    parts: u64,
    rest: u64,
}

impl Commands {
    fn next(&mut self, byte: u8) -> bool {
        if self.rest > 0 {
            self.rest -= 1;
            return self.rest == 0 && self.end_of_part();
        }
        self.line.push(byte);
        if !self.line.ends_with(b"\r\n") {
            return false;
        }
        let line = std::mem::take(&mut self.line);
        let text = std::str::from_utf8(&line[1..line.len() - 2]);
        let number = text.ok().and_then(|text| text.parse::<u64>().ok());
        match (line[0], number) {
            (b'*', Some(parts)) => self.parts = parts,
            (b'$', Some(length)) => self.rest = length + 2,
            _ => {}
        }
        false
    }

    fn end_of_part(&mut self) -> bool {
        self.parts = self.parts.saturating_sub(1);
        self.parts == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts a stream in pieces of every size.
    fn counted(protocol: Protocol, stream: &[u8]) -> u64 {
        let count = |size| {
            let mut trips = Trips::of(protocol);
            stream.chunks(size).map(|piece| trips.count(piece)).sum()
        };
        let whole = count(stream.len());
        for size in 1..stream.len() {
            assert_eq!(count(size), whole, "pieces of {size}");
        }
        whole
    }

    fn message(tag: &str, body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len() + 4).unwrap().to_be_bytes();
        [tag.as_bytes(), &length, body].concat()
    }

    #[test]
    fn postgres_is_waited_for_after_sync_and_query() {
        let stream = [
            message("", &80_877_103u32.to_be_bytes()),
            message("", b"\0\x03\0\0user\0S\0"),
            message("Q", b"BEGIN;SSQQ\0"),
            message("P", b"\0SELECT 1\0"),
            message("D", b"S\0"),
            message("S", b""),
            message("B", b"QQSS"),
            message("E", b"\0"),
            message("S", b""),
            message("X", b""),
        ];
        assert_eq!(counted(Protocol::Postgres, &stream.concat()), 3);
    }

    #[test]
    fn redis_is_waited_for_after_each_command() {
        let stream = b"*1\r\n$4\r\nPING\r\n*3\r\n$3\r\nSET\r\n$4\r\n*1\r\n\r\n$0\r\n\r\n\
                       *2\r\n$3\r\nGET\r\n$1\r\nk\r\n";
        assert_eq!(counted(Protocol::Redis, stream), 3);
    }
}
