//! Where a server of the contract is.

use std::net::{SocketAddr, ToSocketAddrs as _};
use std::str::FromStr;

use anyhow::{Context as _, bail, ensure};
use url::Url;

/// The path under which the routes hang unless an address says otherwise.
const BASE_PATH: &str = "/api/auth";

/// The base URL of one node, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Where it listens.
    pub socket: SocketAddr,
    /// What `Host` says.
    pub host: String,
    /// The path under which the routes hang.
    pub base_path: String,
}

impl Address {
    /// A server on this socket with the usual base path.
    pub fn of(socket: SocketAddr) -> Self {
        Self {
            socket,
            host: socket.to_string(),
            base_path: BASE_PATH.to_owned(),
        }
    }

    /// The request for a route.
    ///
    /// A path that starts with `^` hangs under the host itself. `header` is a line without
    /// its end, or empty.
    pub fn request(&self, method: &str, path: &str, header: &str, body: &str) -> Vec<u8> {
        let path = match path.strip_prefix('^') {
            Some(path) => path.to_owned(),
            None => format!("{}{path}", self.base_path),
        };
        let mut text = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\n", self.host);
        if !header.is_empty() {
            text += header;
            text += "\r\n";
        }
        if !body.is_empty() {
            text += "Content-Type: application/json\r\n";
        }
        if method != "GET" {
            text += &format!("Content-Length: {}\r\n", body.len());
        }
        text += "\r\n";
        text += body;
        text.into_bytes()
    }
}

/// Reads `http://host:port`, with or without a base path.
impl FromStr for Address {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let url: Url = text.parse().with_context(|| format!("{text} is no URL"))?;
        ensure!(
            url.scheme() == "http",
            "{text}: the lab speaks plain http; put it beside the server, not in front of TLS"
        );
        let host = url.host_str().context("the URL names no host")?;
        let port = url.port_or_known_default().context("no port")?;
        let Some(socket) = (host, port).to_socket_addrs()?.find(SocketAddr::is_ipv4) else {
            bail!("{host} has no IPv4 address");
        };
        let path = url.path().trim_end_matches('/');
        Ok(Self {
            socket,
            host: format!("{host}:{port}"),
            base_path: match path {
                "" => BASE_PATH.to_owned(),
                path => path.to_owned(),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_taken_apart() {
        let address: Address = "http://127.0.0.1:4001/".parse().unwrap();
        assert_eq!(address.base_path, "/api/auth");
        let address: Address = "http://127.0.0.1:4001/x".parse().unwrap();
        assert_eq!(address.socket.port(), 4001);
        let request = address.request("POST", "/login", "", "{}");
        let expected = "POST /x/login HTTP/1.1\r\nHost: 127.0.0.1:4001\r\n\
                        Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
        assert_eq!(String::from_utf8(request).unwrap(), expected);
        assert!("https://127.0.0.1".parse::<Address>().is_err());
    }
}
