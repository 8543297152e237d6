//! One mail, one exchange.

use std::time::Duration;

use async_trait::async_trait;
use auth_core::error::BoxError;
use auth_core::mail::MailError;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};

use super::connect::Connector;
use super::failure::{Failure, refused, transient, verdict};
use super::idle::IdleConnections;
use super::server::SmtpServer;
use crate::eml;
use crate::message::{Message, MessageTransport};
use crate::sender::Sender;

/// For a whole delivery, from connecting to the server's last word.
const DELIVERY_TIMEOUT: Duration = Duration::from_secs(60);

/// Delivers to an SMTP server, over connections that are used again.
///
/// A connection belongs to one delivery until its exchange is complete, and is dropped
/// when the exchange fails or is cut short. Otherwise the next mail would be answered with
/// the replies to this one, or end up inside it. This, and a bound on every step rather
/// than on connecting alone, is why lettre's own pool and transport are not used.
pub(crate) struct SmtpMailer {
    sender: Sender,
    connector: Connector,
    idle: IdleConnections,
}

impl SmtpMailer {
    /// Fails when TLS can't be set up; the server is not spoken to yet.
    pub(crate) fn new(server: &SmtpServer, sender: Sender) -> Result<Self, BoxError> {
        Ok(Self {
            connector: Connector::new(server, sender.domain())?,
            sender,
            idle: IdleConnections::default(),
        })
    }

    async fn deliver(&self, mail: &lettre::Message) -> Result<(), MailError> {
        let mut connection = self.connection().await.map_err(refused)?;
        transmit(&mut connection, mail).await?;
        self.idle.keep(connection);
        Ok(())
    }

    /// An idle connection that still works, or a new one.
    async fn connection(&self) -> Result<AsyncSmtpConnection, Failure> {
        while let Some(mut connection) = self.idle.take() {
            if connection.test_connected().await {
                return Ok(connection);
            }
        }
        self.connector.connect().await
    }
}

impl SmtpServer {
    /// Connects as for a mail of this sender, encryption and login included, and sends none.
    ///
    /// # Errors
    /// Why no mail would leave.
    pub async fn reach(&self, sender: &Sender) -> Result<(), BoxError> {
        let connector = Connector::new(self, sender.domain())?;
        let connected = tokio::time::timeout(DELIVERY_TIMEOUT, connector.connect()).await;
        let mut connection = connected.map_err(|_| Failure::Timeout)??;
        // It has said that it would take a mail; how it takes a farewell does not matter.
        connection.abort().await;
        Ok(())
    }
}

#[async_trait]
impl MessageTransport for SmtpMailer {
    async fn send(&self, message: &Message) -> Result<(), MailError> {
        let mail = eml::render(message, &self.sender)?;
        tokio::time::timeout(DELIVERY_TIMEOUT, self.deliver(&mail))
            .await
            .unwrap_or_else(|_| Err(transient(Failure::Timeout)))
    }
}

async fn transmit(
    connection: &mut AsyncSmtpConnection,
    mail: &lettre::Message,
) -> Result<(), MailError> {
    let from = Mail::new(mail.envelope().from().cloned(), vec![]);
    connection.command(from).await.map_err(refused)?;
    for recipient in mail.envelope().to() {
        let to = Rcpt::new(recipient.clone(), vec![]);
        connection.command(to).await.map_err(verdict)?;
    }
    connection.command(Data).await.map_err(transient)?;
    connection
        .message(&mail.formatted())
        .await
        .map_err(verdict)?;
    Ok(())
}
