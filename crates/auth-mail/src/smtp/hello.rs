//! How a conversation begins, and what a server says that it can do (RFC 5321, 4.1.1.1).
//!
//! lettre knows no server without EHLO, and keywords in capitals only.

use lettre::transport::smtp::authentication::Mechanism;
use lettre::transport::smtp::response::{Response, Severity};
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

use super::failure::Failure;

/// The most bytes of a reply.
const MAX_REPLY: usize = 16 * 1024;

/// What a server can do.
#[derive(Debug, Default)]
pub(super) struct Features {
    pub(super) starttls: bool,
    mechanisms: Vec<String>,
}

impl Features {
    /// Reads the reply to EHLO. Keywords have no case, and old servers write `AUTH=PLAIN`.
    pub(super) fn of(reply: &Response) -> Self {
        let mut features = Self::default();
        for line in reply.message().skip(1) {
            let line = line.to_ascii_uppercase().replacen("AUTH=", "AUTH ", 1);
            let mut words = line.split_whitespace().map(str::to_owned);
            match words.next().as_deref() {
                Some("STARTTLS") => features.starttls = true,
                Some("AUTH") => features.mechanisms.extend(words),
                _ => {}
            }
        }
        features
    }

    /// The first of some ways to log in that the server knows.
    pub(super) fn mechanism(&self, wanted: &[Mechanism]) -> Option<Mechanism> {
        let knows = |one: &&Mechanism| self.mechanisms.contains(&one.to_string());
        wanted.iter().find(knows).copied()
    }
}

/// Hears the greeting and says who we are: by EHLO, or by HELO to a server that knows no
/// EHLO and so can do nothing more (RFC 5321, 3.2).
pub(super) async fn greet(stream: &mut TcpStream, name: &str) -> Result<Features, Failure> {
    let mut stream = BufReader::new(stream);
    accepted(reply(&mut stream).await?)?;
    let answer = say(&mut stream, &format!("EHLO {name}\r\n")).await?;
    if answer.code().severity != Severity::PermanentNegativeCompletion {
        return Ok(Features::of(&accepted(answer)?));
    }
    accepted(say(&mut stream, &format!("HELO {name}\r\n")).await?)?;
    Ok(Features::default())
}

fn accepted(reply: Response) -> Result<Response, Failure> {
    match reply.is_positive() {
        true => Ok(reply),
        false => Err(Failure::reply(reply.code(), reply.first_word())),
    }
}

async fn say(stream: &mut BufReader<&mut TcpStream>, line: &str) -> Result<Response, Failure> {
    stream.write_all(line.as_bytes()).await?;
    reply(stream).await
}

/// Reads a reply of one or more lines: the last one has no hyphen behind its code.
async fn reply(stream: &mut (impl AsyncBufRead + Unpin)) -> Result<Response, Failure> {
    let mut text = String::new();
    loop {
        let start = text.len();
        let read = stream.read_line(&mut text).await?;
        if read == 0 || text.len() > MAX_REPLY {
            return Err(Failure::NotSmtp);
        }
        if text.as_bytes().get(start + 3) != Some(&b'-') {
            return text.parse().map_err(|_| Failure::NotSmtp);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn features(reply: &str) -> Features {
        Features::of(&reply.parse().unwrap())
    }

    #[test]
    fn keywords_have_no_case_and_two_spellings() {
        let found = features("250-mail.example.org\r\n250-StartTls\r\n250 auth plain XOAuth2\r\n");
        assert!(found.starttls);
        let wanted = [Mechanism::Login, Mechanism::Xoauth2];
        assert_eq!(found.mechanism(&wanted), Some(Mechanism::Xoauth2));
        let old = features("250-mail.example.org\r\n250 AUTH=LOGIN\r\n");
        assert!(!old.starttls);
        assert_eq!(old.mechanism(&wanted), Some(Mechanism::Login));
    }

    #[test]
    fn the_name_of_a_server_is_no_keyword() {
        assert!(!features("250-STARTTLS is my name\r\n250 HELP\r\n").starttls);
    }
}
