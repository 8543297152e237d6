//! Where Redis is: what a URL says.

use auth_core::StoreError;
use deadpool_redis::redis::io::tcp::TcpSettings;
use deadpool_redis::redis::sentinel::{SentinelClient, SentinelClientBuilder, SentinelServerType};
use deadpool_redis::redis::{
    ConnectionAddr, ConnectionInfo, ProtocolVersion, RedisConnectionInfo, TlsMode,
};
use url::form_urlencoded;

use super::error;

/// The port of Sentinels whose URL names none.
const SENTINEL_PORT: u16 = 26379;

/// What a URL names.
pub(super) enum Address {
    /// One server, or some of a cluster's.
    Servers(Vec<ConnectionInfo>),
    /// Sentinels, who know which server is in charge.
    Sentinels(Sentinels),
}

/// Sentinels, and whom to ask them for.
pub(super) struct Sentinels {
    hosts: Vec<ConnectionInfo>,
    /// The name under which they watch the server.
    name: String,
    /// The database on the server.
    db: i64,
    /// User name and password for the Sentinels; the server's own are in the URL's usual place.
    user: Option<String>,
    password: Option<String>,
}

impl Address {
    /// Reads `redis://[[user]:password@]host[:port][,…][/db]`, `rediss://…` for TLS, and
    /// `redis-sentinel://[[user]:password@]host[:port][,…]/name[/db]`, also written
    /// `redis+sentinel://…`, with TLS `rediss-sentinel://…`.
    ///
    /// # Errors
    /// [`StoreError::Failed`] with a sentence that does not repeat the URL.
    pub(super) fn parse(url: &str) -> Result<Self, StoreError> {
        let malformed = || refuse("the Redis URL has no scheme; write it as in redis://host:6379");
        let (scheme, rest) = url.split_once("://").ok_or_else(malformed)?;
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let (user, hosts) = match authority.rsplit_once('@') {
            Some((user, hosts)) => (format!("{user}@"), hosts),
            None => (String::new(), authority),
        };
        match scheme.split_once(['-', '+']) {
            None => servers(scheme, &user, hosts, path),
            Some((scheme, "sentinel")) => sentinels(scheme, &user, hosts, path),
            Some(_) => Err(refuse(
                "the scheme of the Redis URL is unknown; \
                 use redis, rediss, redis-sentinel or rediss-sentinel",
            )),
        }
    }
}

fn refuse(sentence: &str) -> StoreError {
    StoreError::Failed(sentence.into())
}

fn servers(scheme: &str, user: &str, hosts: &str, path: &str) -> Result<Address, StoreError> {
    let server = |host: &str| server(&format!("{scheme}://{user}{host}{path}"));
    let servers: Result<_, _> = hosts.split(',').map(server).collect();
    servers.map(Address::Servers)
}

fn sentinels(scheme: &str, user: &str, hosts: &str, path: &str) -> Result<Address, StoreError> {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let mut parts = path.trim_start_matches('/').splitn(2, '/');
    let name = match parts.next() {
        None | Some("") => {
            return Err(refuse(
                "the URL of the Sentinels names no master; \
                 write it as in redis-sentinel://host:26379/mymaster",
            ));
        }
        Some(name) => decoded(name),
    };
    let db = match parts.next() {
        None | Some("") => 0,
        Some(db) => db
            .parse()
            .map_err(|_| refuse("the database in the URL of the Sentinels is no number"))?,
    };
    let host = |host: &str| {
        let has_port = host.rsplit(']').next().is_some_and(|end| end.contains(':'));
        let port = if has_port {
            String::new()
        } else {
            format!(":{SENTINEL_PORT}")
        };
        server(&format!("{scheme}://{user}{host}{port}"))
    };
    let mut sentinels = Sentinels {
        hosts: hosts.split(',').map(host).collect::<Result<_, _>>()?,
        name,
        db,
        user: None,
        password: None,
    };
    for (key, value) in form_urlencoded::parse(query.as_bytes()) {
        match &*key {
            "sentinel_username" => sentinels.user = Some(value.into_owned()),
            "sentinel_password" => sentinels.password = Some(value.into_owned()),
            _ => {
                return Err(refuse(
                    "the URL of the Sentinels takes only the parameters \
                     sentinel_username and sentinel_password",
                ));
            }
        }
    }
    Ok(Address::Sentinels(sentinels))
}

/// Text of a path, without its percent signs.
fn decoded(text: &str) -> String {
    // A name has no `+`, `&` or `=`, by which the two encodings would differ.
    let pair = form_urlencoded::parse(text.as_bytes()).next();
    pair.map_or_else(String::new, |(key, _)| key.into_owned())
}

/// The server that a URL names. RESP3 lets the connection tell when it is lost, and
/// small requests must not wait for more to send.
fn server(url: &str) -> Result<ConnectionInfo, StoreError> {
    let info: ConnectionInfo = url.parse().map_err(error::malformed)?;
    let redis = info.redis_settings().clone();
    Ok(info
        .set_redis_settings(redis.set_protocol(ProtocolVersion::RESP3))
        .set_tcp_settings(tcp_settings()))
}

fn tcp_settings() -> TcpSettings {
    TcpSettings::default().set_nodelay(true)
}

/// Whether the line to a server is encrypted.
pub(super) fn is_tls(info: &ConnectionInfo) -> bool {
    matches!(info.addr(), ConnectionAddr::TcpTls { .. })
}

/// The hosts of a URL, as it writes them.
fn display_hosts(infos: &[ConnectionInfo]) -> String {
    let hosts: Vec<_> = infos.iter().map(|info| display_host(info.addr())).collect();
    hosts.join(",")
}

/// An IPv6 address has brackets, which set it apart from the port.
fn display_host(address: &ConnectionAddr) -> String {
    match address {
        ConnectionAddr::Tcp(host, port) | ConnectionAddr::TcpTls { host, port, .. }
            if host.contains(':') =>
        {
            format!("[{host}]:{port}")
        }
        other => other.to_string(),
    }
}

fn scheme(infos: &[ConnectionInfo]) -> &'static str {
    match infos.first() {
        Some(info) if is_tls(info) => "rediss",
        _ => "redis",
    }
}

impl Address {
    /// The address without its credentials.
    pub(super) fn display_name(&self) -> String {
        match self {
            Self::Servers(infos) => {
                let db = infos.first().map_or(0, |info| info.redis_settings().db());
                format!("{}://{}/{db}", scheme(infos), display_hosts(infos))
            }
            Self::Sentinels(Sentinels { hosts, name, .. }) => {
                let (scheme, hosts) = (scheme(hosts), display_hosts(hosts));
                format!("{scheme}-sentinel://{hosts}/{name}")
            }
        }
    }

    /// Whether any line is encrypted.
    pub(super) fn is_tls(&self) -> bool {
        let (Self::Servers(infos) | Self::Sentinels(Sentinels { hosts: infos, .. })) = self;
        infos.iter().any(is_tls)
    }
}

impl Sentinels {
    /// A client that finds the server in charge.
    ///
    /// # Errors
    /// When the library refuses the addresses.
    pub(super) fn client(&self) -> Result<SentinelClient, StoreError> {
        let addresses = self.hosts.iter().map(|info| info.addr().clone());
        let master = SentinelServerType::Master;
        let mut builder = SentinelClientBuilder::new(addresses, &self.name, master)
            .map_err(error::malformed)?
            .set_client_to_redis_db(self.db)
            .set_client_to_redis_protocol(ProtocolVersion::RESP3)
            .set_client_to_redis_tcp_settings(tcp_settings())
            .set_client_to_sentinel_tcp_settings(tcp_settings());
        if self.hosts.iter().any(is_tls) {
            builder = builder.set_client_to_redis_tls_mode(TlsMode::Secure);
        }
        let server: Option<&RedisConnectionInfo> =
            self.hosts.first().map(ConnectionInfo::redis_settings);
        if let Some(user) = server.and_then(RedisConnectionInfo::username) {
            builder = builder.set_client_to_redis_username(user);
        }
        if let Some(password) = server.and_then(RedisConnectionInfo::password) {
            builder = builder.set_client_to_redis_password(password);
        }
        if let Some(user) = &self.user {
            builder = builder.set_client_to_sentinel_username(user);
        }
        if let Some(password) = &self.password {
            builder = builder.set_client_to_sentinel_password(password);
        }
        builder.build().map_err(error::malformed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(url: &str) -> String {
        Address::parse(url).map(|it| it.display_name()).unwrap()
    }

    #[test]
    fn the_display_name_holds_no_credentials() {
        for (url, name) in [
            ("redis://localhost", "redis://localhost:6379/0"),
            ("redis://:secret@localhost:1/7", "redis://localhost:1/7"),
            (
                "rediss://ada:secret@example.org",
                "rediss://example.org:6379/0",
            ),
            ("redis://:se@cret@one:1,two:2", "redis://one:1,two:2/0"),
            (
                "redis-sentinel://:secret@one,two:2/main?sentinel_password=secret",
                "redis-sentinel://one:26379,two:2/main",
            ),
            (
                "rediss+sentinel://[::1]/main/3",
                "rediss-sentinel://[::1]:26379/main",
            ),
        ] {
            assert_eq!(shown(url), name);
        }
    }

    #[test]
    fn a_malformed_url_is_refused_without_repeating_it() {
        for url in [
            "http://secret@localhost",
            "redis://:secret@localhost/db",
            "secret",
            "redis-secret://localhost",
            "redis-sentinel://:secret@localhost",
            "redis-sentinel://:secret@localhost/name/secret",
            "redis-sentinel://localhost/name?password=secret",
        ] {
            let refused = Address::parse(url).err().map(|it| format!("{it:?}"));
            let refused = refused.unwrap();
            assert!(!refused.contains("secret"), "{refused}");
        }
    }

    #[test]
    fn the_parts_of_a_sentinel_url_go_where_they_belong() {
        let url = "redis-sentinel://ada:p%40ss@one,two/my%20main/3?sentinel_password=s%26x";
        let Address::Sentinels(sentinels) = Address::parse(url).unwrap() else {
            panic!("{url}");
        };
        assert_eq!((sentinels.name.as_str(), sentinels.db), ("my main", 3));
        assert_eq!(sentinels.password.as_deref(), Some("s&x"));
        let server = sentinels.hosts[1].redis_settings();
        let (user, password) = (server.username(), server.password());
        assert_eq!((user, password), (Some("ada"), Some("p@ss")));
    }
}
