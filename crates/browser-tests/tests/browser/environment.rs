//! What the tests are told by the environment.

use std::env;
use std::path::{Path, PathBuf};

use libtest_mimic::{Failed, Trial};

/// Names the ChromeDriver to use.
pub const WEBDRIVER: &str = "TEST_WEBDRIVER_URL";

/// Names the geckodriver to use, the file itself.
pub const GECKODRIVER: &str = "TEST_GECKODRIVER";

/// Names the script of axe-core.
pub const AXE: &str = "TEST_AXE_PATH";

/// Names the TypeScript compiler.
pub const TSC: &str = "TEST_TSC";

/// Names the folder with the packages that the React example is built from.
pub const REACT: &str = "TEST_REACT";

/// Names the folder that screenshots go to.
const SCREENSHOTS: &str = "TEST_SCREENSHOTS";

/// The value of a variable that is set.
pub fn value(variable: &str) -> String {
    env::var(variable).unwrap_or_else(|_| panic!("{variable} is not set"))
}

/// Where screenshots go.
pub fn screenshots() -> PathBuf {
    let chosen = env::var_os(SCREENSHOTS).filter(|folder| !folder.is_empty());
    chosen.map_or_else(|| workspace().join("target/screenshots"), PathBuf::from)
}

/// The folder of the workspace.
pub fn workspace() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here)
}

/// A test that needs these variables. In CI none may be left out.
pub fn trial(
    name: String,
    needs: &'static [&'static str],
    test: impl FnOnce() -> Result<(), Failed> + Send + 'static,
) -> Trial {
    let absent = |variable: &&&str| env::var_os(variable).is_none_or(|value| value.is_empty());
    match needs.iter().find(absent) {
        Some(variable) => not_run(&name, variable),
        None => Trial::test(name, test),
    }
}

fn not_run(name: &str, variable: &'static str) -> Trial {
    let name = name.to_owned();
    Trial::test(name.clone(), move || {
        test_services::not_run(&name, format_args!("{variable} is not set"));
        Ok(())
    })
}
