//! Orders for Redis itself.

use anyhow::{Result, ensure};
use test_services::Redis;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

/// Gives an order, and reads the answer: a line, or the text whose length that line is.
pub async fn ask(redis: &Redis, order: &str) -> Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", redis.place().port())).await?;
    stream.write_all(format!("{order}\r\n").as_bytes()).await?;
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    stream.read_line(&mut line).await?;
    ensure!(!line.starts_with('-'), "{order}: {line}");
    let Some(length) = line.strip_prefix('$') else {
        return Ok(line);
    };
    let mut text = vec![0; length.trim().parse()?];
    stream.read_exact(&mut text).await?;
    Ok(String::from_utf8(text)?)
}
