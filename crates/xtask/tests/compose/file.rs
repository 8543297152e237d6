//! The parts of docker-compose.yml that this project uses. A key that is not among them is
//! refused, so that a misspelt one is noticed.

use std::collections::BTreeMap;
use std::fs;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::IgnoredAny;

/// The file. Keys that only hold parts for reuse are of no further interest.
#[derive(Deserialize)]
pub struct Compose {
    pub services: BTreeMap<String, Service>,
    pub volumes: BTreeMap<String, Option<IgnoredAny>>,
}

/// One service.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    pub image: Option<String>,
    pub build: Option<Build>,
    #[serde(default)]
    pub command: Vec<String>,
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    #[serde(default)]
    pub ports: Vec<String>,
    #[serde(default)]
    pub volumes: Vec<String>,
    #[serde(default)]
    pub depends_on: BTreeMap<String, Dependency>,
    pub healthcheck: Option<HealthCheck>,
    pub network_mode: Option<String>,
    #[serde(default)]
    pub networks: BTreeMap<String, Attachment>,
    #[serde(default)]
    pub profiles: Vec<String>,
    #[serde(default)]
    pub read_only: bool,
    #[serde(default)]
    pub cap_drop: Vec<String>,
    #[serde(default)]
    pub security_opt: Vec<String>,
    #[serde(rename = "restart")]
    _restart: Option<String>,
    #[serde(rename = "stop_grace_period")]
    _stop_grace_period: Option<String>,
}

/// How a service is known in a network.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attachment {
    pub ipv4_address: Ipv4Addr,
}

/// How an image is built.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Build {
    pub context: PathBuf,
    pub dockerfile: PathBuf,
}

/// What is awaited of another service.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dependency {
    pub condition: Condition,
}

#[derive(Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    ServiceStarted,
    ServiceHealthy,
}

/// How a service is asked whether it works.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HealthCheck {
    pub test: Vec<String>,
    #[serde(rename = "interval")]
    _interval: String,
    #[serde(rename = "timeout")]
    _timeout: String,
    #[serde(rename = "retries")]
    _retries: u32,
}

/// A published port, written `address:port:container port`.
pub struct Port {
    pub address: String,
    pub host: u16,
    pub container: u16,
}

impl Compose {
    pub fn read() -> Self {
        let text = fs::read_to_string(workspace().join("docker-compose.yml")).unwrap();
        serde_saphyr::from_str(&text).unwrap()
    }

    /// The services that run programs of this workspace, by name.
    pub fn servers(&self) -> impl Iterator<Item = (&str, &Service)> {
        let services = self.services.iter().map(|(name, one)| (name.as_str(), one));
        services.filter(|(_, service)| service.build.is_some())
    }
}

impl Service {
    pub fn ports(&self) -> Vec<Port> {
        let port = |text: &String| {
            let parts: Vec<_> = text.split(':').collect();
            let [address, host, container] = parts[..] else {
                panic!("{text} is not address:port:port");
            };
            Port {
                address: address.to_owned(),
                host: host.parse().unwrap(),
                container: container.parse().unwrap(),
            }
        };
        self.ports.iter().map(port).collect()
    }

    /// The environment with every `${NAME:-default}` replaced by its default.
    pub fn environment_by_default(&self) -> BTreeMap<&str, String> {
        self.environment_in(&Variables::new())
    }

    /// The environment with every `${NAME:-default}` replaced by what these say, or by its
    /// default.
    pub fn environment_in(&self, variables: &Variables) -> BTreeMap<&str, String> {
        let environment = self.environment.iter();
        environment
            .map(|(name, value)| (name.as_str(), filled_in(value, variables)))
            .collect()
    }
}

/// Names and values of variables that compose knows.
pub type Variables = BTreeMap<String, String>;

fn filled_in(text: &str, variables: &Variables) -> String {
    let Some((before, rest)) = text.split_once("${") else {
        return text.to_owned();
    };
    let (variable, after) = rest.split_once('}').unwrap();
    let (name, default) = variable.split_once(":-").unwrap();
    let value = variables.get(name).map_or(default, String::as_str);
    format!("{before}{value}{}", filled_in(after, variables))
}

/// The folder of the workspace.
pub fn workspace() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap()
}
