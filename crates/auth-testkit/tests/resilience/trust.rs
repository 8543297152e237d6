//! Whom a server believes when it speaks TLS.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::thread;

use anyhow::{Result, ensure};
use auth_testkit::account::Person;
use auth_testkit::process::ServerProcess;
use rcgen::CertifiedKey;
use rustix::process::Signal;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection};
use tokio::sync::oneshot;

use crate::deployment::Deployment;
use crate::on;

on! {
    a_mail_server_is_believed_by_its_authority_alone: session_on_sqlite;
    a_redis_is_believed_by_its_authority_alone: session_on_sqlite;
    a_postgres_is_believed_by_its_authority_alone: session_on_sqlite;
    a_provider_is_believed_by_its_authority_alone: session_on_sqlite;
    authorities_are_read_again_at_sighup: session_on_sqlite;
}

async fn a_mail_server_is_believed_by_its_authority_alone(on: Deployment) -> Result<()> {
    let setting = |at| ("--mail", format!("smtps://{at}"));
    believed_by_its_authority_alone(&on, setting).await
}

async fn a_redis_is_believed_by_its_authority_alone(on: Deployment) -> Result<()> {
    let setting = |at| ("--session-store", format!("rediss://{at}"));
    believed_by_its_authority_alone(&on, setting).await
}

async fn a_postgres_is_believed_by_its_authority_alone(on: Deployment) -> Result<()> {
    let url = |at| format!("postgres://me@{at}/auth?sslmode=verify-full");
    believed_by_its_authority_alone(&on, |at| (DATABASE, url(at))).await
}

async fn a_provider_is_believed_by_its_authority_alone(on: Deployment) -> Result<()> {
    let provider = |at| format!("oidc,id=acme,client_id=me,issuer=https://{at}");
    believed_by_its_authority_alone(&on, |at| ("--provider", provider(at))).await
}

/// Has a server talk to what the setting names: it does when `SSL_CERT_FILE` holds the
/// authority of that, and does not when it holds another.
async fn believed_by_its_authority_alone(
    on: &Deployment,
    setting: impl Fn(String) -> (&'static str, String),
) -> Result<()> {
    let (own, other) = (certificate()?, certificate()?);
    for (authority, is_believed) in [(&own, true), (&other, false)] {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let at = format!("localhost:{}", listener.local_addr()?.port());
        let (flag, value) = setting(at);
        let greeted = greeted(listener, &own, flag == DATABASE)?;
        let authorities = on.write("authorities.pem", &authority.cert.pem())?;
        let launch = on.launch().flag(flag, value);
        let launch = launch.env("SSL_CERT_FILE", &authorities.to_string_lossy());
        // It ends where it does without a store, but not before it has asked for it.
        let server = ServerProcess::start(launch).await;
        if let Ok(server) = &server {
            // Which has a mail sent.
            server
                .client()
                .await?
                .register(&Person::new("ada"))
                .await?
                .is(202)?;
        }
        ensure!(
            greeted.await? == is_believed,
            "by its authority: {is_believed}"
        );
    }
    Ok(())
}

async fn authorities_are_read_again_at_sighup(on: Deployment) -> Result<()> {
    let (own, other) = (certificate()?, certificate()?);
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let at = format!("https://localhost:{}", listener.local_addr()?.port());
    let authorities = on.write("authorities.pem", &other.cert.pem())?;
    let launch = on
        .launch()
        .flag(
            "--provider",
            format!("oidc,id=acme,client_id=me,issuer={at}"),
        )
        .flag("--oauth-key-cooldown", "1ms")
        .env("SSL_CERT_FILE", &authorities.to_string_lossy());
    let before = greeted(listener.try_clone()?, &own, false)?;
    let server = ServerProcess::start(launch).await?;
    let asks = async || {
        let start = server.client().await?.get("/oauth/acme/start").await?;
        start.refused(503, "provider_unavailable").map(drop)
    };
    asks().await?;
    ensure!(!before.await?, "another authority vouched for it");

    on.write("authorities.pem", &own.cert.pem())?;
    let after = greeted(listener, &own, false)?;
    server.signal(Signal::HUP)?;
    server.output().line(|line| line.contains("SIGHUP")).await?;
    asks().await?;
    ensure!(after.await?, "its authority is not known");
    Ok(())
}

/// By which PostgreSQL is named, where TLS is asked for before it begins.
const DATABASE: &str = "--database-url";

/// A certificate of this machine's, which is its own authority.
fn certificate() -> Result<CertifiedKey<rcgen::KeyPair>> {
    Ok(rcgen::generate_simple_self_signed(
        ["localhost".to_owned()],
    )?)
}

/// Takes one connection; tells whether its peer believed the certificate.
fn greeted(
    listener: TcpListener,
    certificate: &CertifiedKey<rcgen::KeyPair>,
    is_postgres: bool,
) -> Result<oneshot::Receiver<bool>> {
    let key = PrivatePkcs8KeyDer::from(certificate.signing_key.serialize_der());
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.cert.der().clone()],
            PrivateKeyDer::Pkcs8(key),
        )?;
    let mut tls = ServerConnection::new(Arc::new(config))?;
    let (tell, told) = oneshot::channel();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept()?;
        if is_postgres {
            stream.read_exact(&mut [0; 8])?;
            stream.write_all(b"S")?;
        }
        // Nobody may ask any more.
        let _ = tell.send(tls.complete_io(&mut stream).is_ok());
        std::io::Result::Ok(())
    });
    Ok(told)
}
