//! Mails in the words of the host.

use std::time::Duration;

use async_trait::async_trait;
use comprehensive_auth::Mailer;
use comprehensive_auth::mail::{
    BuiltInTemplates, Composed, Content, Mail, MailError, Message, MessageTransport, Purpose,
    Templates,
};
use reqwest::{Client, StatusCode};
use serde_json::json;
use std::sync::Arc;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::timeout;

use crate::host::Host;

/// Hands on what it is given.
struct HandOn<T>(UnboundedSender<T>);

#[async_trait]
impl Mailer for HandOn<Mail> {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let sent = self.0.send(mail.clone());
        sent.map_err(|gone| MailError::Transient(gone.to_string().into()))
    }
}

#[async_trait]
impl MessageTransport for HandOn<Message> {
    async fn send(&self, message: &Message) -> Result<(), MailError> {
        let sent = self.0.send(message.clone());
        sent.map_err(|gone| MailError::Transient(gone.to_string().into()))
    }
}

/// Subjects in another language.
struct German;

impl Templates for German {
    fn compose(&self, mail: &Mail) -> Composed {
        Composed {
            subject: format!("Willkommen bei {}", mail.service),
            ..BuiltInTemplates.compose(mail)
        }
    }
}

async fn next<T>(mails: &mut UnboundedReceiver<T>) -> T {
    let mail = timeout(Duration::from_secs(20), mails.recv()).await;
    mail.unwrap().unwrap()
}

async fn sign_up(host: &Host) {
    let form = json!({
        "first_name": "Ada",
        "last_name": "Lovelace",
        "username": "ada",
        "email": "ada@example.org",
        "password": "correct horse battery staple",
    });
    let call = Client::new().post(host.at("/api/auth/register"));
    let answer = call.json(&form).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::ACCEPTED);
}

#[actix_web::test]
async fn a_mailer_of_the_host_gets_the_link_and_no_words() {
    let (sender, mut mails) = unbounded_channel();
    let mailer = Arc::new(HandOn::<Mail>(sender));
    let host = Host::with(|auth, _| auth.service_name("Tea").mailer(mailer)).await;
    sign_up(&host).await;
    let mail = next(&mut mails).await;
    assert_eq!(mail.to.as_str(), "ada@example.org");
    assert_eq!((mail.service.as_str(), &mail.frontend), ("Tea", &host.url));
    let Content::Link(link) = mail.content else {
        panic!("{:?}", mail.content);
    };
    assert_eq!(link.purpose, Purpose::SignUp);
    assert_eq!(link.lifetime, Duration::from_secs(86_400));
    let token = link.token.reveal();
    assert_eq!(link.url, format!("{}/verify#token={token}", host.url));
}

#[actix_web::test]
async fn the_words_of_the_host_go_over_a_transport() {
    let (sender, mut messages) = unbounded_channel();
    let transport = Arc::new(HandOn::<Message>(sender));
    let host = Host::with(|auth, _| {
        let auth = auth.service_name("Tee").mail_transport(transport);
        auth.mail_templates(Arc::new(German))
    })
    .await;
    sign_up(&host).await;
    let message = next(&mut messages).await;
    assert_eq!(message.subject, "Willkommen bei Tee");
    assert!(message.text.contains("/verify#token="), "{}", message.text);
}
