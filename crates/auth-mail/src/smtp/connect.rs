//! Opening connections: encryption, then login.

use std::time::Duration;

use auth_core::error::BoxError;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::extension::ClientId;

use super::failure::Failure;
use super::server::{Encryption, SmtpServer};

/// For each address of the host.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

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
        let mut connection = self.open().await?;
        let upgrade = match self.server.encryption {
            Encryption::Required => true,
            Encryption::Opportunistic => connection.can_starttls(),
            Encryption::FromTheStart | Encryption::None => false,
        };
        if upgrade {
            connection.starttls(self.tls.clone(), &self.client).await?;
        }
        self.log_in(&mut connection).await?;
        Ok(connection)
    }

    async fn open(&self) -> Result<AsyncSmtpConnection, Failure> {
        let address = (self.server.host.as_str(), self.server.port);
        let tls = (self.server.encryption == Encryption::FromTheStart).then(|| self.tls.clone());
        let timeout = Some(CONNECT_TIMEOUT);
        Ok(AsyncSmtpConnection::connect_tokio1(address, timeout, &self.client, tls, None).await?)
    }

    async fn log_in(&self, connection: &mut AsyncSmtpConnection) -> Result<(), Failure> {
        let Some(login) = &self.server.login else {
            return Ok(());
        };
        if !connection.is_encrypted() && !self.server.allows_clear_password() {
            return Err(Failure::PasswordInClear);
        }
        let password = login.password.reveal().to_owned();
        let credentials = Credentials::new(login.user.clone(), password);
        connection.auth(DEFAULT_MECHANISMS, &credentials).await?;
        Ok(())
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
