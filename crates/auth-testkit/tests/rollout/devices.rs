//! Somebody's devices, which come along from one version to the next and back.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use auth_testkit::account::Person;
use auth_testkit::{Client, Reply};
use serde_json::{Value, json};

use crate::node::Node;

/// A person with several devices.
pub struct Devices {
    pub person: Person,
    signed_in: Vec<Device>,
    signed_out: Vec<Client>,
}

/// A device that is signed in.
struct Device {
    client: Client,
    session: String,
}

impl Devices {
    /// Of somebody who has an account, and none of whose devices is signed in.
    pub fn of(person: Person) -> Self {
        Self {
            person,
            signed_in: vec![],
            signed_out: vec![],
        }
    }

    /// Signs one more in.
    pub async fn sign_in(&mut self, node: &Node) -> Result<()> {
        let client = node.device()?;
        let (name, password) = (&self.person.username, &self.person.password);
        let grant = client.login(name, password).await?.ok()?;
        let session = grant.string("/session/id")?;
        self.signed_in.push(Device { client, session });
        Ok(())
    }

    /// Signs the one out that was signed in first, and keeps a copy of what it held.
    pub async fn sign_out(&mut self, node: &Node) -> Result<()> {
        let first = self.signed_in.remove(0);
        let copy = first.client.copy();
        node.take(&first.client)?.logout().await?.ok()?;
        self.signed_out.push(copy);
        Ok(())
    }

    /// Changes a name on the device that was signed in last.
    pub async fn change_name(&self, node: &Node) -> Result<()> {
        let last = self.signed_in.last().context("no device is signed in")?;
        let change = json!({ "first_name": "Augusta" });
        node.take(&last.client)?
            .patch_profile(&change)
            .await?
            .ok()?;
        Ok(())
    }

    /// The same by the device that was signed in last.
    pub async fn end_by_another(&mut self, node: &Node) -> Result<()> {
        let first = self.signed_in.remove(0);
        let last = self.signed_in.last().context("there is no other")?;
        let last = node.take(&last.client)?;
        last.revoke(&first.session).await?.ok()?;
        self.signed_out.push(first.client);
        Ok(())
    }

    /// Has each go on at a node, renewing what it holds; none of the others may.
    pub async fn go_on(&mut self, node: &Node) -> Result<()> {
        for device in &mut self.signed_in {
            let client = node.take(&device.client)?;
            client.profile().await?.ok()?;
            client.refresh().await?.ok()?;
            client.profile().await?.ok()?;
            device.client = client;
        }
        self.are_listed(node).await?;
        for copy in &self.signed_out {
            dead(copy, node).await?;
        }
        Ok(())
    }

    /// Expects a node to list exactly those that are signed in, to each of them.
    pub async fn are_listed(&self, node: &Node) -> Result<()> {
        let all: BTreeSet<_> = self
            .signed_in
            .iter()
            .map(|one| one.session.as_str())
            .collect();
        for device in &self.signed_in {
            let list = node.take(&device.client)?.sessions().await?.ok()?;
            let (listed, current) = listed(&list)?;
            ensure!(listed == all, "{list} instead of {all:?}");
            ensure!(
                current == [&device.session],
                "{list} for {}",
                device.session
            );
        }
        Ok(())
    }
}

/// The sessions that are listed, and which of them is the current one.
fn listed(list: &Reply) -> Result<(BTreeSet<&str>, Vec<&str>)> {
    let sessions = list.json()["sessions"].as_array().context("no list")?;
    let current = sessions.iter().filter(|one| one["current"] == true);
    let all = sessions.iter().filter_map(id).collect();
    Ok((all, current.filter_map(id).collect()))
}

fn id(session: &Value) -> Option<&str> {
    session["id"].as_str()
}

/// Expects that what a device holds is good for nothing at a node.
pub async fn dead(device: &Client, node: &Node) -> Result<()> {
    let device = node.take(device)?;
    device.copy().profile().await?.unauthenticated()?;
    device.refresh().await?.unauthenticated()?;
    Ok(())
}
