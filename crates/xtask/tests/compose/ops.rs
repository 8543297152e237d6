//! The examples for systemd and Kubernetes in docs/ops.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use test_services::{KUBERNETES_VALIDATE, SYSTEMD_ANALYZE, given};

use crate::file::workspace;
use crate::image::version;
use crate::{flags, programs};

fn manifests() -> Vec<PathBuf> {
    let folder = workspace().join("docs/ops/kubernetes").read_dir().unwrap();
    folder.map(|file| file.unwrap().path()).collect()
}

/// Every object of every manifest.
fn objects() -> Vec<Value> {
    let texts = manifests();
    let texts = texts.iter().map(|path| fs::read_to_string(path).unwrap());
    texts
        .flat_map(|text| serde_saphyr::from_multiple::<Value>(&text).unwrap())
        .collect()
}

/// The only object of its kind.
fn object(kind: &str) -> Value {
    let mut found = objects();
    found.retain(|one| one["kind"] == kind);
    assert_eq!(found.len(), 1, "{kind}");
    found.remove(0)
}

/// What runs, with the specification of its pods.
fn pods() -> Vec<Value> {
    let specs = objects().into_iter();
    let specs = specs.map(|object| object["spec"]["template"]["spec"].clone());
    let pods: Vec<_> = specs.filter(Value::is_object).collect();
    assert_eq!(pods.len(), 2, "a deployment and a job");
    pods
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

#[test]
fn kubernetes_validate_accepts_every_manifest() {
    let test = "kubernetes_validate_accepts_every_manifest";
    let Some(packages) = given(KUBERNETES_VALIDATE.variable, test) else {
        return;
    };
    let mut validate = Command::new("python3");
    validate.args(["-m", "kubernetes_validate", "--strict"]);
    validate.args(manifests()).env("PYTHONPATH", packages);
    let found = validate.env("PYTHONDONTWRITEBYTECODE", "1").output();
    let found = found.unwrap();
    assert!(found.status.success(), "{found:?}");
}

#[test]
fn no_pod_may_do_more_than_it_has_to() {
    for pod in pods() {
        assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
        assert_eq!(pod["automountServiceAccountToken"], false);
        // Variables of services could look like settings.
        assert_eq!(pod["enableServiceLinks"], false);
        for container in list(&pod["containers"]) {
            let may = &container["securityContext"];
            assert_eq!(may["readOnlyRootFilesystem"], true);
            assert_eq!(may["allowPrivilegeEscalation"], false);
            assert_eq!(may["capabilities"]["drop"][0], "ALL");
        }
    }
}

#[test]
fn every_pod_runs_a_program_of_the_image_with_settings_there_are() {
    let (flags, programs) = (flags(), programs());
    for container in pods().iter().flat_map(|pod| list(&pod["containers"])) {
        assert!(programs.contains(container["args"][0].as_str().unwrap()));
        let image = container["image"].as_str().unwrap();
        assert!(image.ends_with(&format!("/auth-server:{}", version())));
        for variable in list(&container["env"]) {
            let name = variable["name"].as_str().unwrap();
            assert!(flags.contains_key(name), "{name}");
        }
    }
}

#[test]
fn every_secret_that_is_read_is_made() {
    let made = |name: &str| {
        let mut secrets = objects().into_iter().filter(|one| one["kind"] == "Secret");
        secrets.find(|one| one["metadata"]["name"] == name)
    };
    for pod in pods() {
        let secret = pod["volumes"][0]["secret"]["secretName"].as_str().unwrap();
        let secret = made(secret).unwrap();
        let files = list(&pod["containers"]).flat_map(|one| list(&one["env"]));
        let files =
            files.filter_map(|one| one["value"].as_str()?.strip_prefix("/run/secrets/auth/"));
        let read: BTreeSet<_> = files.collect();
        let held = secret["stringData"].as_object().unwrap();
        assert_eq!(read, held.keys().map(String::as_str).collect());
    }
}

/// The settings of the servers in the deployment, by name.
fn setting(name: &str) -> String {
    let pods = pods();
    let mut variables = pods.iter().flat_map(|pod| list(&pod["containers"]));
    let found = variables.find_map(|one| list(&one["env"]).find(|one| one["name"] == name));
    found.unwrap()["value"].as_str().unwrap().to_owned()
}

#[test]
fn pods_have_time_to_stop_and_leave_the_schema_alone() {
    assert_eq!(setting("AUTH_MIGRATE"), "off");
    let delay: u64 = setting("AUTH_DRAIN_DELAY")
        .trim_end_matches('s')
        .parse()
        .unwrap();
    let (shutdown, last_word) = (30, 2);
    let grace = pods()
        .iter()
        .find_map(|pod| pod["terminationGracePeriodSeconds"].as_u64());
    assert!(grace.unwrap() > delay + shutdown + last_word);
    // Endpoints are withdrawn by the probe, before the server stops listening.
    let deployment = object("Deployment");
    let probe = &deployment["spec"]["template"]["spec"]["containers"][0]["readinessProbe"];
    let [period, failures] =
        ["periodSeconds", "failureThreshold"].map(|name| probe[name].as_u64().unwrap());
    assert!(delay > period * failures);
}

#[test]
fn two_pods_are_meant_by_all_that_selects_them() {
    let deployment = object("Deployment");
    let spec = &deployment["spec"];
    assert_eq!(spec["replicas"], 2);
    let pod = &spec["template"];
    let labels = &pod["metadata"]["labels"];
    assert!(!labels.as_object().unwrap().is_empty());
    assert_eq!(spec["selector"]["matchLabels"], *labels);
    assert_eq!(object("Service")["spec"]["selector"], *labels);
    let budget = &object("PodDisruptionBudget")["spec"];
    assert_eq!(budget["selector"]["matchLabels"], *labels);
    // Of two, one may be taken away.
    assert_eq!(budget["minAvailable"], 1);
    let spread: Vec<_> = list(&pod["spec"]["topologySpreadConstraints"]).collect();
    assert!(!spread.is_empty());
    for constraint in spread {
        assert_eq!(constraint["labelSelector"]["matchLabels"], *labels);
    }
}

fn unit() -> String {
    let unit = workspace().join("docs/ops/systemd/auth@.service");
    fs::read_to_string(unit).unwrap()
}

#[test]
fn the_unit_names_only_known_settings() {
    let (unit, flags) = (unit(), flags());
    let set = unit
        .lines()
        .filter_map(|line| line.strip_prefix("Environment="));
    let names: Vec<_> = set.map(|one| one.split('=').next().unwrap()).collect();
    assert!(names.len() > 3 && names.iter().all(|name| flags.contains_key(*name)));
}

#[test]
fn systemd_understands_the_unit_and_finds_it_safe() {
    let test = "systemd_understands_the_unit_and_finds_it_safe";
    let Some(program) = given(SYSTEMD_ANALYZE.variable, test) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("auth@.service");
    // The program has to be there.
    fs::write(&file, unit().replace("/usr/local/bin/%i", "/bin/true")).unwrap();
    for words in [
        &["verify"][..],
        &["security", "--offline=true", "--threshold=20"],
    ] {
        let mut analyze = Command::new(&program);
        let found = analyze.args(words).arg(&file).output().unwrap();
        assert!(found.status.success(), "{found:?}");
        let complaints = String::from_utf8_lossy(&found.stderr);
        assert!(!complaints.contains("auth@.service:"), "{complaints}");
    }
}
