//! Passkeys: as a second step, and instead of a password.

use anyhow::{Context as _, Result, ensure};
use auth_passkey::software::SoftwareAuthenticator;
use reqwest::Method;
use serde_json::{Value, json};

use crate::authenticator::{Waiting, add_app};
use crate::case::cases;
use crate::client::{Client, Reply};
use crate::shape;
use crate::target::{Account, Target};

cases! { "passkeys":
    a_passkey_is_a_second_step,
    a_passkey_signs_in_alone,
    a_passkey_alone_asks_for_no_app,
    a_passkey_is_shown_again,
    a_passkey_can_be_one_of_several,
    the_options_name_the_passkeys_that_are_there,
    a_removed_passkey_signs_nobody_in,
    a_disabled_account_has_no_way_in [Operator],
    a_second_way_beside_a_passkey_can_go,
    the_last_way_to_sign_in_stays [Providers],
    any_node_takes_it [SecondNode],
}

/// Somebody's device with passkeys.
pub(super) struct Device<'a> {
    pub(super) target: &'a Target,
    pub(super) software: SoftwareAuthenticator,
}

impl<'a> Device<'a> {
    pub(super) fn new(target: &'a Target) -> Self {
        Self {
            target,
            software: SoftwareAuthenticator::new(),
        }
    }

    /// What it makes of options.
    pub(super) fn made(&mut self, options: &Value) -> Result<Value> {
        Ok(self.software.create(options, &self.target.origin)?)
    }

    /// What it says to options.
    pub(super) fn said(&mut self, options: &Value) -> Result<Value> {
        Ok(self.software.get(options, &self.target.origin)?)
    }

    /// Adds a passkey to an account.
    pub(super) async fn added_to(&mut self, ada: &Account) -> Result<Reply> {
        let begun = begin(&ada.client, &ada.person.password).await?.ok()?;
        let credential = self.made(&begun.json()["passkey"])?;
        let confirm = json!({ "id": begun.string("/id")?, "credential": credential });
        ada.client.post("/factors/passkeys/confirm", &confirm).await
    }

    /// Ends a half sign-in.
    pub(super) async fn end(&mut self, client: &Client, waiting: &Waiting) -> Result<Reply> {
        let options = json!({ "pending": waiting.id });
        let options = client.post("/login/factor/options", &options).await?.ok()?;
        let credential = self.said(&options.json()["passkey"])?;
        finish(client, waiting, credential).await
    }

    /// Signs in alone.
    pub(super) async fn sign_in(&mut self, client: &Client) -> Result<Reply> {
        let (waiting, options) = alone(client).await?;
        let credential = self.said(&options)?;
        finish(client, &waiting, credential).await
    }
}

/// Begins to add a passkey.
pub(super) async fn begin(client: &Client, password: &str) -> Result<Reply> {
    let body = json!({ "current_password": password });
    client.post("/factors/passkeys", &body).await
}

/// Begins a sign-in by a passkey alone.
pub(super) async fn alone(client: &Client) -> Result<(Waiting, Value)> {
    let begun = client
        .call(Method::POST, "/login/passkey")
        .send()
        .await?
        .ok()?;
    let waiting = Waiting {
        id: begun.string("/pending/id")?,
        methods: crate::authenticator::texts(&begun.json()["pending"]["methods"]),
    };
    ensure!(waiting.methods == ["passkey"], "{begun}");
    Ok((waiting, begun.json()["passkey"].clone()))
}

/// Ends a sign-in by what a device said.
pub(super) async fn finish(client: &Client, waiting: &Waiting, said: Value) -> Result<Reply> {
    let body = json!({ "pending": waiting.id, "method": "passkey", "credential": said });
    client.post("/login/factor", &body).await
}

/// A new person with a passkey and its device.
pub(super) async fn with_passkey(target: &Target) -> Result<(Account, Device<'_>)> {
    let ada = target.signed_up("ada").await?;
    let mut device = Device::new(target);
    device.added_to(&ada).await?.is(201)?;
    Ok((ada, device))
}

async fn a_passkey_is_a_second_step(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?;
    let mut device = Device::new(target);
    let added = device.added_to(&ada).await?.is(201)?;
    ensure!(added.string("/factor/kind")? == "passkey", "{added}");
    ensure!(
        added.json()["recovery_codes"].as_array().map(Vec::len) == Some(10),
        "{added}"
    );
    let (client, waiting) = target.half_signed_in(&ada).await?;
    ensure!(
        waiting.methods == ["passkey", "recovery_code"],
        "{waiting:?}"
    );
    let grant = device.end(&client, &waiting).await?.ok()?;
    shape::grant(grant.json(), client.strategy(), true)?;
    target.still_in(&client).await
}

async fn a_passkey_signs_in_alone(target: &Target) -> Result<()> {
    let (ada, mut device) = with_passkey(target).await?;
    for _ in 0..2 {
        let client = target.client().await?;
        let grant = device.sign_in(&client).await?.ok()?;
        shape::grant(grant.json(), client.strategy(), true)?;
        ensure!(grant.string("/user/id")? == ada.id, "{grant}");
        target.still_in(&client).await?;
    }
    Ok(())
}

/// It is a second factor by itself, and shown lately.
async fn a_passkey_alone_asks_for_no_app(target: &Target) -> Result<()> {
    let (ada, mut device) = with_passkey(target).await?;
    add_app(&ada.client, Some(&ada.person.password)).await?;
    let client = target.client().await?;
    device.sign_in(&client).await?.ok()?;
    let codes = client.post("/factors/recovery-codes", &json!({})).await?;
    codes.ok()?;
    Ok(())
}

async fn a_passkey_is_shown_again(target: &Target) -> Result<()> {
    let (ada, mut device) = with_passkey(target).await?;
    let options = async || -> Result<Reply> {
        let call = ada.client.call(Method::POST, "/factors/options");
        call.send().await?.ok()
    };
    let begun = options().await?;
    let said = device.said(&begun.json()["passkey"])?;
    let body = json!({ "method": "passkey", "id": begun.string("/id")?, "credential": said });
    ada.client.post("/factors/verify", &body).await?.ok()?;
    let again = ada.client.post("/factors/verify", &body).await?;
    again.refused(400, "invalid_token")?;
    let other = options().await?;
    let replayed = json!({ "method": "passkey", "id": other.string("/id")?, "credential": said });
    let replayed = ada.client.post("/factors/verify", &replayed).await?;
    replayed.refused(401, "invalid_factor")?;
    Ok(())
}

async fn a_passkey_can_be_one_of_several(target: &Target) -> Result<()> {
    let (ada, mut first) = with_passkey(target).await?;
    let mut second = Device::new(target);
    second.added_to(&ada).await?.is(201)?;
    for device in [&mut first, &mut second] {
        let (client, waiting) = target.half_signed_in(&ada).await?;
        device.end(&client, &waiting).await?.ok()?;
        let client = target.client().await?;
        device.sign_in(&client).await?.ok()?;
    }
    Ok(())
}

async fn the_options_name_the_passkeys_that_are_there(target: &Target) -> Result<()> {
    let (ada, device) = with_passkey(target).await?;
    let id = device
        .software
        .credentials()
        .first()
        .context("no passkey")?
        .to_string();
    let begun = begin(&ada.client, &ada.person.password).await?.ok()?;
    let options = &begun.json()["passkey"];
    ensure!(options["excludeCredentials"][0]["id"] == *id, "{options}");
    ensure!(options["attestation"] == "none", "{options}");
    ensure!(options["user"]["name"] == *ada.person.username, "{options}");
    let (client, waiting) = target.half_signed_in(&ada).await?;
    let body = json!({ "pending": waiting.id });
    let options = client.post("/login/factor/options", &body).await?.ok()?;
    let options = &options.json()["passkey"];
    ensure!(options["allowCredentials"][0]["id"] == *id, "{options}");
    // Whoever signs in alone is named by nobody.
    let (_, options) = alone(&target.client().await?).await?;
    let names = options["allowCredentials"].as_array().map_or(0, Vec::len);
    ensure!(
        names == 0 && options["userVerification"] == "required",
        "{options}"
    );
    Ok(())
}

async fn a_removed_passkey_signs_nobody_in(target: &Target) -> Result<()> {
    let (ada, mut device) = with_passkey(target).await?;
    let held = ada.client.get("/factors").await?.ok()?;
    let path = format!("/factors/{}", held.string("/factors/0/id")?);
    let body = json!({ "current_password": ada.person.password });
    let call = ada.client.call(Method::DELETE, &path).json(&body);
    call.send().await?.ok()?;
    let client = target.client().await?;
    device
        .sign_in(&client)
        .await?
        .refused(401, "invalid_factor")?;
    Ok(())
}

async fn a_disabled_account_has_no_way_in(target: &Target) -> Result<()> {
    let (ada, mut device) = with_passkey(target).await?;
    let operator = target.operator.as_ref().context("no operator")?;
    operator.disable(&ada.person.username).await?;
    let client = target.client().await?;
    device
        .sign_in(&client)
        .await?
        .refused(401, "invalid_factor")?;
    operator.enable(&ada.person.username).await?;
    device.sign_in(&client).await?.ok()?;
    Ok(())
}

async fn a_second_way_beside_a_passkey_can_go(target: &Target) -> Result<()> {
    let (ada, mut device) = with_passkey(target).await?;
    let added = add_app(&ada.client, Some(&ada.person.password)).await?;
    let call = ada
        .client
        .call(Method::DELETE, &format!("/factors/{}", added.id));
    call.json(&json!({})).send().await?.ok()?;
    let (client, waiting) = target.half_signed_in(&ada).await?;
    ensure!(
        waiting.methods == ["passkey", "recovery_code"],
        "{waiting:?}"
    );
    device.end(&client, &waiting).await?.ok()?;
    Ok(())
}

/// Whoever has neither a password nor an identity comes by passkeys only.
async fn the_last_way_to_sign_in_stays(target: &Target) -> Result<()> {
    let ada = target.newcomer("ada").await?;
    let mut device = Device::new(target);
    let begun = ada
        .client
        .post("/factors/passkeys", &json!({}))
        .await?
        .ok()?;
    let credential = device.made(&begun.json()["passkey"])?;
    let confirm = json!({ "id": begun.string("/id")?, "credential": credential });
    let added = ada
        .client
        .post("/factors/passkeys/confirm", &confirm)
        .await?
        .is(201)?;
    let path = format!("/factors/{}", added.string("/factor/id")?);
    let identities = ada.client.identities().await?;
    let identity = identities[0]["id"].as_str().context("no id")?;
    // No passkey stands for an identity: it works where there are passkeys only.
    ada.client
        .unlink(identity)
        .await?
        .refused(409, "last_sign_in_method")?;
    ada.client
        .call(Method::DELETE, &path)
        .json(&json!({}))
        .send()
        .await?
        .ok()?;
    Ok(())
}

async fn any_node_takes_it(target: &Target) -> Result<()> {
    let (_, mut device) = with_passkey(target).await?;
    let client = target.client().await?;
    let (waiting, options) = alone(&client).await?;
    let said = device.said(&options)?;
    let other = client.at(target.second.as_ref().context("no second node")?);
    finish(&other, &waiting, said).await?.ok()?;
    target.still_in(&other).await
}
