//! docker-compose.yml and the image it builds are right, as far as that can be told without
//! an engine.
#![cfg(test)]

mod file;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use auth_server::Settings;
use clap::{CommandFactory as _, Parser};
use oauth_server::OauthSettings;

use file::{Compose, Condition, Service, workspace};

/// The programs of the workspace.
fn programs() -> BTreeSet<String> {
    let folders = fs::read_dir(workspace().join("bins")).unwrap();
    folders
        .map(|folder| folder.unwrap().file_name().into_string().unwrap())
        .collect()
}

fn dockerfile() -> String {
    fs::read_to_string(workspace().join("docker/Dockerfile")).unwrap()
}

/// The settings of all servers, those of their strategies among them.
#[derive(Parser)]
struct Everything {
    #[command(flatten)]
    common: Settings,
    #[command(flatten)]
    _strategies: OauthSettings,
}

/// Variables that are settings of the servers, with the flags that mean the same.
fn flags() -> BTreeMap<String, String> {
    let command = Everything::command();
    let flag = |argument: &clap::Arg| {
        let variable = argument.get_env()?.to_str()?.to_owned();
        Some((variable, format!("--{}", argument.get_long()?)))
    };
    command.get_arguments().filter_map(flag).collect()
}

/// What a server makes of its environment.
fn settings(service: &Service) -> Settings {
    let flags = flags();
    let arguments = service
        .environment_by_default()
        .into_iter()
        // Secrets of providers are no settings: each is named after its provider.
        .filter(|(variable, _)| !variable.ends_with("_CLIENT_SECRET"))
        .map(|(variable, value)| format!("{}={value}", flags[variable]));
    let arguments = std::iter::once("server".to_owned()).chain(arguments);
    let settings = Everything::try_parse_from(arguments);
    let settings = settings.unwrap_or_else(|error| panic!("{error}")).common;
    settings.check().unwrap();
    settings
}

#[test]
fn every_service_has_an_image_and_all_servers_share_one_build() {
    let compose = Compose::read();
    let images = compose.services.values().map(|service| &service.image);
    assert!(images.into_iter().all(Option::is_some));
    let servers: Vec<_> = compose.servers().map(|(name, _)| name).collect();
    assert_eq!(servers, ["jwt-server", "oauth-server", "session-server"]);
    let built: BTreeSet<_> = compose.servers().map(|(_, one)| &one.image).collect();
    assert_eq!(built.len(), 1);
}

#[test]
fn every_dependency_exists_and_can_tell_its_health_where_that_is_awaited() {
    let compose = Compose::read();
    for dependency in compose.services.values().flat_map(|one| &one.depends_on) {
        let (name, awaited) = dependency;
        let health = &compose.services[name].healthcheck;
        if awaited.condition == Condition::ServiceHealthy {
            assert_eq!(health.as_ref().unwrap().test[0], "CMD", "{name}");
        }
    }
}

#[test]
fn ports_are_published_once_and_on_this_machine_only() {
    let compose = Compose::read();
    let ports: Vec<_> = compose.services.values().flat_map(Service::ports).collect();
    let published: BTreeSet<_> = ports.iter().map(|port| port.host).collect();
    assert_eq!(published.len(), ports.len());
    assert!(ports.iter().all(|port| port.address == "127.0.0.1"));
}

#[test]
fn every_volume_is_declared_and_used() {
    let compose = Compose::read();
    let mounts = compose.services.values().flat_map(|one| &one.volumes);
    let sources = mounts.map(|mount| mount.split(':').next().unwrap());
    let (files, used): (BTreeSet<_>, BTreeSet<_>) =
        sources.partition(|source| source.starts_with("./"));
    assert!(files.iter().all(|file| workspace().join(file).is_file()));
    let declared: BTreeSet<_> = compose.volumes.keys().map(String::as_str).collect();
    assert_eq!(used, declared);
}

#[test]
fn every_server_runs_a_program_of_the_workspace_with_settings_it_accepts() {
    let (compose, programs) = (Compose::read(), programs());
    for (name, service) in compose.servers() {
        assert!(programs.contains(&service.command[0]), "{name}");
        let settings = settings(service);
        let bound = settings.bind.unwrap().port();
        let ports = service.ports();
        let port = ports.iter().find(|port| port.container == bound);
        let port = port.unwrap_or_else(|| panic!("{name} publishes no port"));
        let url = settings.public_url.unwrap();
        assert_eq!(url.port_or_known_default(), Some(port.host), "{name}");
    }
}

#[test]
fn servers_find_the_services_they_name() {
    let compose = Compose::read();
    for (name, service) in compose.servers() {
        let environment = service.environment_by_default();
        for variable in ["AUTH_DATABASE_URL", "AUTH_SESSION_STORE", "AUTH_MAIL"] {
            let (_, address) = environment[variable].split_once("://").unwrap();
            let host = address.rsplit('@').next().unwrap();
            let host = host.split([':', '/']).next().unwrap();
            assert!(service.depends_on.contains_key(host), "{name}: {host}");
        }
    }
}

#[test]
fn the_database_has_the_user_password_and_name_that_servers_expect() {
    let compose = Compose::read();
    let postgres = compose.services["postgres"].environment_by_default();
    let [user, password, name] = ["USER", "PASSWORD", "DB"]
        .map(|variable| &postgres[format!("POSTGRES_{variable}").as_str()]);
    for (_, service) in compose.servers() {
        let url = &service.environment_by_default()["AUTH_DATABASE_URL"];
        let expected = format!("postgres://{user}:{password}@postgres:5432/{name}");
        assert_eq!(*url, expected);
    }
}

#[test]
fn the_provider_knows_the_server_that_asks_it() {
    let compose = Compose::read();
    let server = &compose.services["oauth-server"];
    let settings = settings(server);
    let [provider] = &settings.federation.providers[..] else {
        panic!("not one provider");
    };
    let config = fs::read_to_string(workspace().join("docker/dex.yaml")).unwrap();
    let config: serde_json::Value = serde_saphyr::from_str(&config).unwrap();
    assert_eq!(config["issuer"].as_str(), provider.issuer.as_deref());
    let client = &config["staticClients"][0];
    assert_eq!(client["id"].as_str(), Some(provider.client_id().unwrap()));
    let origin = settings.public_url.as_ref().unwrap();
    let callback = format!("{origin}api/auth/oauth/{}/callback", provider.id().unwrap());
    assert_eq!(client["redirectURIs"][0].as_str(), Some(&*callback));
    let secret = server.environment_by_default()["AUTH_DEX_CLIENT_SECRET"].clone();
    let dex = compose.services["dex"].environment_by_default();
    assert_eq!(dex[client["secretEnv"].as_str().unwrap()], secret);
    // Both the browser and the server have to reach it under one name.
    let network = compose.services["dex"].network_mode.as_deref();
    assert_eq!(network, Some("service:oauth-server"));
    let port = config["web"]["http"].as_str().unwrap().rsplit(':').next();
    let ports = server.ports();
    assert!(
        ports
            .iter()
            .any(|one| Some(&*one.container.to_string()) == port)
    );
}

#[test]
fn the_image_is_built_from_what_is_there_and_has_every_program() {
    let compose = Compose::read();
    for (name, service) in compose.servers() {
        let build = service.build.as_ref().unwrap();
        let context = workspace().join(&build.context);
        assert!(context.join("Cargo.lock").is_file(), "{name}");
        assert!(context.join(&build.dockerfile).is_file(), "{name}");
    }
    let dockerfile = dockerfile();
    for program in programs() {
        let path = format!("target/release/{program}");
        assert!(dockerfile.contains(&format!("--package {program} ")));
        assert!(dockerfile.split_whitespace().any(|word| word == path));
    }
}

#[test]
fn the_image_has_no_provider_that_signs_anybody_in() {
    let dockerfile = dockerfile();
    assert!(dockerfile.contains("--no-default-features --features pages,postgres,redis "));
    assert!(!dockerfile.contains("dev-provider"));
}

#[test]
fn the_image_is_built_with_the_rust_of_the_workspace_and_names_only_known_settings() {
    let dockerfile = dockerfile();
    let manifest = fs::read_to_string(workspace().join("Cargo.toml")).unwrap();
    let version = dockerfile.split("FROM rust:").nth(1).unwrap();
    let version = version.split('-').next().unwrap();
    assert!(manifest.contains(&format!("rust-version = \"{version}\"")));
    let flags = flags();
    let variables = dockerfile
        .lines()
        .filter_map(|line| line.strip_prefix("ENV "));
    for variable in variables {
        assert!(flags.contains_key(variable.split('=').next().unwrap()));
    }
}
