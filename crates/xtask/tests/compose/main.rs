//! docker-compose.yml, the image it builds and the examples for other places are right, as far
//! as that can be told without an engine.
#![cfg(test)]

mod file;
mod image;
mod ops;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use auth_server::Settings;
use auth_server::settings::Pages;
use clap::{CommandFactory as _, Parser};
use oauth_server::OauthSettings;

use file::{Compose, Condition, Service, Variables, workspace};

/// The programs of the workspace.
fn programs() -> BTreeSet<String> {
    let folders = fs::read_dir(workspace().join("bins")).unwrap();
    folders
        .map(|folder| folder.unwrap().file_name().into_string().unwrap())
        .collect()
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

/// What a server makes of its environment by default.
fn settings(service: &Service) -> Settings {
    settings_in(service, &Variables::new())
}

/// What it makes of it where these variables are set.
fn settings_in(service: &Service, variables: &Variables) -> Settings {
    let flags = flags();
    let arguments = service
        .environment_in(variables)
        .into_iter()
        // Secrets of providers are no settings: each is named after its provider.
        .filter(|(variable, _)| !variable.ends_with("_CLIENT_SECRET"))
        // As the servers do.
        .filter(|(_, value)| !value.is_empty())
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
    for file in files {
        assert!(workspace().join(file).exists(), "{file}");
    }
    let declared: BTreeSet<_> = compose.volumes.keys().map(String::as_str).collect();
    assert_eq!(used, declared);
}

#[test]
fn every_server_runs_a_program_of_the_workspace_with_settings_it_accepts() {
    let (compose, programs) = (Compose::read(), programs());
    for (name, service) in compose.servers() {
        assert!(programs.contains(&service.command[0]), "{name}");
        let settings = settings(service);
        // It trusts the others so that its pages can be switched to them.
        assert_eq!(settings.pages, Pages::Demo, "{name}");
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
fn images_are_pinned_to_a_version() {
    let compose = Compose::read();
    let images = compose.services.values().flat_map(|one| &one.image);
    for image in images {
        let (_, tag) = image.rsplit_once(':').unwrap();
        let parts: Vec<_> = tag.trim_start_matches('v').split('.').collect();
        let is_exact = parts.len() > 1 && parts.iter().all(|part| part.parse::<u32>().is_ok());
        assert!(is_exact, "{image} may change under its name");
    }
    let version = image::version();
    for (name, server) in compose.servers() {
        let image = server.image.as_deref();
        assert_eq!(image, Some(&*format!("auth-server:{version}")), "{name}");
    }
}

/// The servers by name, as they are set up where these variables are set.
fn servers(variables: &Variables) -> BTreeMap<String, Settings> {
    let compose = Compose::read();
    let servers = compose.servers();
    servers
        .map(|(name, one)| (name.to_owned(), settings_in(one, variables)))
        .collect()
}

/// What `docker compose --env-file docker/tls.env` sets.
fn tls() -> Variables {
    let text = fs::read_to_string(workspace().join("docker/tls.env")).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let pairs = lines.map(|line| line.split_once('=').unwrap());
    pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

#[test]
fn pages_of_each_server_may_call_the_others() {
    for variables in [Variables::new(), tls()] {
        let servers = servers(&variables);
        for (name, server) in &servers {
            let others = servers.iter().filter(|(other, _)| *other != name);
            let origins = others.map(|(_, other)| other.public_url.as_ref().unwrap());
            let origins: BTreeSet<_> = origins
                .map(|url| url.origin().ascii_serialization())
                .collect();
            let trusted = server.trusted_origins.iter().map(ToString::to_string);
            assert_eq!(trusted.collect::<BTreeSet<_>>(), origins, "{name}");
        }
    }
}

#[test]
fn caddy_serves_each_public_url_and_is_believed() {
    let (compose, variables) = (Compose::read(), tls());
    let caddy = &compose.services["caddy"];
    let ports: Vec<_> = caddy.ports().iter().map(|port| port.host).collect();
    let address = caddy.networks["default"].ipv4_address;
    let file = fs::read_to_string(workspace().join("docker/Caddyfile")).unwrap();
    for (name, server) in compose.servers() {
        let settings = settings_in(server, &variables);
        let url = settings.public_url.unwrap();
        assert_eq!(url.scheme(), "https");
        assert!(ports.contains(&url.port().unwrap()), "{name}");
        let bound = settings.bind.unwrap().port();
        assert!(
            file.contains(&format!("reverse_proxy {name}:{bound}\n")),
            "{name}"
        );
        let [proxy] = settings.trusted_proxies[..] else {
            panic!("{name} believes not one proxy");
        };
        assert_eq!((proxy.addr(), proxy.prefix_len()), (address.into(), 32));
    }
    let own = caddy.environment_in(&variables);
    for site in file.lines().filter_map(|line| line.strip_suffix("} {")) {
        let name = site.trim_start_matches("{$");
        assert_eq!(own[name], variables[name]);
    }
}

#[test]
fn more_than_the_servers_starts_on_demand_only() {
    let compose = Compose::read();
    let on_demand = |profile| {
        let services = compose.services.iter();
        let found = services.filter(move |(_, one)| one.profiles == [profile]);
        found.map(|(name, _)| name.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(on_demand("tls"), ["caddy"]);
    assert_eq!(on_demand("monitoring"), ["grafana", "prometheus"]);
}

#[test]
fn servers_may_write_to_their_volume_only() {
    for (name, server) in Compose::read().servers() {
        assert!(server.read_only, "{name}");
        assert_eq!(server.cap_drop, ["ALL"], "{name}");
        assert_eq!(server.security_opt, ["no-new-privileges:true"], "{name}");
        assert_eq!(server.volumes, ["keys:/var/lib/auth"], "{name}");
    }
}

#[test]
fn prometheus_asks_every_server_where_its_metrics_are() {
    let file = workspace().join("docs/ops/prometheus/prometheus.yml");
    let file = fs::read_to_string(file).unwrap();
    let config: serde_json::Value = serde_saphyr::from_str(&file).unwrap();
    let targets = config["scrape_configs"][0]["static_configs"][0]["targets"].as_array();
    let asked = targets
        .unwrap()
        .iter()
        .map(|target| target.as_str().unwrap().to_owned());
    let servers = servers(&Variables::new());
    let metrics = servers
        .iter()
        .map(|(name, server)| format!("{name}:{}", server.metrics_bind.unwrap().port()));
    assert_eq!(asked.collect::<BTreeSet<_>>(), metrics.collect());
}
