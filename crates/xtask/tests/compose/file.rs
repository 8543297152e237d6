//! The parts of docker-compose.yml that this project uses. A key that is not among them is
//! refused, so that a misspelt one is noticed.

use std::collections::BTreeMap;
use std::fs;
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
    #[serde(rename = "restart")]
    _restart: Option<String>,
    #[serde(rename = "stop_grace_period")]
    _stop_grace_period: Option<String>,
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
        let variables = self.environment.iter();
        variables
            .map(|(name, value)| (name.as_str(), with_defaults(value)))
            .collect()
    }
}

fn with_defaults(value: &str) -> String {
    let Some((before, rest)) = value.split_once("${") else {
        return value.to_owned();
    };
    let (variable, after) = rest.split_once('}').unwrap();
    let (_, default) = variable.split_once(":-").unwrap();
    format!("{before}{default}{}", with_defaults(after))
}

/// The folder of the workspace.
pub fn workspace() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap()
}
