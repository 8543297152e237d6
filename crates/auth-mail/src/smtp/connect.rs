//! Opening connections: encryption, then login.

use std::time::Duration;

use auth_core::error::BoxError;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Auth, Ehlo};
use lettre::transport::smtp::extension::ClientId;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::failure::Failure;
use super::hello::{Features, greet};
use super::replay::Replay;
use super::server::{Encryption, Login, SmtpServer};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// More than any way to log in takes.
const MAX_CHALLENGES: usize = 4;

/// Opens connections to one server.
pub(super) struct Connector {
    server: SmtpServer,
    tls: TlsParameters,
    client: ClientId,
}

impl Connector {
    /// `name` is what this side calls itself.
    pub(super) fn new(server: &SmtpServer, name: &str) -> Result<Self, BoxError> {
        Ok(Self {
            server: server.clone(),
            tls: tls(server)?,
            client: ClientId::Domain(name.to_owned()),
        })
    }

    /// A connection that is ready for a mail.
    pub(super) async fn connect(&self) -> Result<AsyncSmtpConnection, Failure> {
        let (mut connection, mut features) = match self.server.encryption {
            Encryption::FromTheStart => (self.open_encrypted().await?, None),
            _ => {
                let (connection, features) = self.open().await?;
                (connection, Some(features))
            }
        };
        let upgrade = match self.server.encryption {
            Encryption::Required => true,
            Encryption::Opportunistic => features.as_ref().is_some_and(|found| found.starttls),
            Encryption::FromTheStart | Encryption::None => false,
        };
        if upgrade {
            connection.starttls(self.tls.clone(), &self.client).await?;
            // What was said in the clear may be somebody else's word (RFC 3207, 4.2).
            features = None;
        }
        if let Some(login) = &self.server.login {
            self.log_in(&mut connection, login, features).await?;
        }
        Ok(connection)
    }

    async fn open_encrypted(&self) -> Result<AsyncSmtpConnection, Failure> {
        let (address, tls) = (self.address(), Some(self.tls.clone()));
        let timeout = Some(CONNECT_TIMEOUT);
        Ok(AsyncSmtpConnection::connect_tokio1(address, timeout, &self.client, tls, None).await?)
    }

    async fn open(&self) -> Result<(AsyncSmtpConnection, Features), Failure> {
        let opening = timeout(CONNECT_TIMEOUT, TcpStream::connect(self.address()));
        let mut stream = opening.await.map_err(|_| Failure::Timeout)??;
        let features = greet(&mut stream, &self.client.to_string()).await?;
        let stream = Box::new(Replay::new(stream, &features));
        let connection = AsyncSmtpConnection::connect_with_transport(stream, &self.client).await?;
        Ok((connection, features))
    }

    fn address(&self) -> (&str, u16) {
        (self.server.host.as_str(), self.server.port)
    }

    async fn log_in(
        &self,
        connection: &mut AsyncSmtpConnection,
        login: &Login,
        features: Option<Features>,
    ) -> Result<(), Failure> {
        if !connection.is_encrypted() && !self.server.allows_clear_password() {
            return Err(Failure::PasswordInClear);
        }
        let features = match features {
            Some(features) => features,
            None => Features::of(&connection.command(Ehlo::new(self.client.clone())).await?),
        };
        let mechanism = features.mechanism(login.mechanisms());
        let mechanism = mechanism.ok_or(Failure::NoMechanism)?;
        let credentials = Credentials::new(login.user.clone(), login.secret()?);
        let first = Auth::new(mechanism, credentials.clone(), None)?;
        let mut reply = connection.command(first).await?;
        for _ in 0..MAX_CHALLENGES {
            if !reply.has_code(334) {
                return Ok(());
            }
            let next = Auth::new_from_response(mechanism, credentials.clone(), &reply)?;
            reply = connection.command(next).await?;
        }
        Err(Failure::NotSmtp)
    }
}

/// Trusts the certification authorities of this machine, and those the server's URL names.
fn tls(server: &SmtpServer) -> Result<TlsParameters, BoxError> {
    if server.encryption.is_needed() && server.ca.is_none() {
        auth_tls::authorities()?;
    }
    let mut tls = TlsParameters::builder(server.host.clone());
    if let Some(file) = &server.ca {
        let pem = std::fs::read_to_string(file)?;
        if !pem.contains("-----BEGIN CERTIFICATE-----") {
            return Err("there is no certificate in the file".into());
        }
        tls = tls.add_root_certificate(Certificate::from_pem(pem.as_bytes())?);
    }
    Ok(tls.build()?)
}
