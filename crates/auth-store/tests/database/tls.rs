//! Which servers each `sslmode` talks to.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};

use auth_core::StoreError;
use auth_store::{Database, DatabaseConfig, migrate};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use test_services::Postgres;
use tokio_postgres::NoTls;

use crate::place::postgres;

/// A server with a certificate for `localhost` by an authority nobody knows.
struct TlsServer {
    server: Postgres,
    authority: PathBuf,
}

impl TlsServer {
    async fn start(test: &str) -> Option<Self> {
        let server = postgres(test)?;
        let folder = server.place().folder().to_owned();
        let authority = write_certificates(&folder);
        let (client, connection) = tokio_postgres::connect(&server.url(), NoTls).await.unwrap();
        tokio::spawn(connection);
        let folder = folder.display();
        for setting in [
            format!("ssl_cert_file = '{folder}/server.pem'"),
            format!("ssl_key_file = '{folder}/server.key'"),
            "ssl = on".to_owned(),
        ] {
            let set = format!("ALTER SYSTEM SET {setting}");
            client.batch_execute(&set).await.unwrap();
        }
        server.restart().unwrap();
        Some(Self { server, authority })
    }

    async fn connect(&self, host: &str, parameters: &str) -> Result<Database, StoreError> {
        let port = self.server.place().port();
        let url = format!("postgres://postgres@{host}:{port}/postgres?{parameters}");
        let url = url.parse().unwrap();
        migrate::apply(&url).await?;
        let database = Database::connect(&url, &DatabaseConfig::default()).await?;
        database.ping().await?;
        Ok(database)
    }

    /// `verify-full` with the server's own authority.
    fn verified(&self) -> String {
        format!(
            "sslmode=verify-full&sslrootcert={}",
            self.authority.display()
        )
    }
}

/// Writes `server.pem` and `server.key` for the owner of the folder; gives the path of the
/// authority's certificate.
fn write_certificates(folder: &Path) -> PathBuf {
    let mut authority = CertificateParams::new(vec![]).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate().unwrap();
    let authority_certificate = authority.self_signed(&authority_key).unwrap();
    let issuer = Issuer::new(authority, authority_key);
    let key = KeyPair::generate().unwrap();
    let server = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let server = server.signed_by(&key, &issuer).unwrap();

    let owner = fs::metadata(folder).unwrap();
    let write = |name: &str, text: String| {
        let path = folder.join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        chown(&path, Some(owner.uid()), Some(owner.gid())).unwrap();
        path
    };
    write("server.pem", server.pem());
    write("server.key", key.serialize_pem());
    write("authority.pem", authority_certificate.pem())
}

#[tokio::test]
async fn an_unproven_server_is_encrypted_to_but_not_verified() {
    let test = "an_unproven_server_is_encrypted_to_but_not_verified";
    let Some(server) = TlsServer::start(test).await else {
        return;
    };
    for mode in ["sslmode=prefer", "sslmode=require"] {
        server.connect("127.0.0.1", mode).await.unwrap();
    }
    let unknown_authority = server.connect("localhost", "sslmode=verify-full").await;
    assert!(unknown_authority.is_err());
    let other_name = server.connect("127.0.0.1", &server.verified()).await;
    assert!(other_name.is_err());
    server
        .connect("localhost", &server.verified())
        .await
        .unwrap();
}

#[tokio::test]
async fn a_server_without_tls_is_refused_where_tls_is_required() {
    let test = "a_server_without_tls_is_refused_where_tls_is_required";
    let Some(server) = postgres(test) else {
        return;
    };
    let connect = async |mode: &str| {
        let url = format!("{}?sslmode={mode}", server.url());
        Database::connect(&url.parse().unwrap(), &DatabaseConfig::default()).await
    };
    for mode in ["disable", "prefer"] {
        connect(mode).await.unwrap();
    }
    for mode in ["require", "verify-full"] {
        assert!(connect(mode).await.is_err(), "{mode}");
    }
}
