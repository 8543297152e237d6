//! Getting what the tests need onto this machine.

use anyhow::{Result, anyhow};
use test_services::{Need, Packages};

use crate::apt;

/// Installs what is not here, and says what still isn't then, and why.
pub fn install(needs: &[Need], may_install: bool) -> Option<String> {
    let absent = absent(needs);
    if absent.is_empty() {
        return None;
    }
    let installed = if may_install {
        println!("The tests need {}, which is not here.", names(&absent));
        // The other installers may be here although apt is not.
        let packages = install_packages(&absent);
        packages.and(install_libraries(&absent))
    } else {
        Err(anyhow!("--no-install was given"))
    };
    let problem = match installed {
        Ok(()) => "the packages did not bring it".to_owned(),
        Err(error) => format!("{error:#}"),
    };
    let absent = self::absent(&absent);
    let variables: Vec<_> = absent.iter().map(|one| one.variable).collect();
    let (names, variables) = (names(&absent), variables.join(", "));
    (!absent.is_empty()).then(|| {
        format!("every test that needs {names}: not installed ({problem}; or set {variables})")
    })
}

fn install_packages(absent: &[Need]) -> Result<()> {
    let lacking = absent.iter().filter(|one| !one.software.has_programs());
    let mut packages: Vec<_> = lacking.flat_map(|one| one.software.packages).collect();
    packages.sort_unstable();
    packages.dedup();
    let packages: Vec<_> = packages.into_iter().copied().collect();
    if packages.is_empty() {
        return Ok(());
    }
    apt::install(&packages)
}

fn install_libraries(absent: &[Need]) -> Result<()> {
    let able = absent.iter().filter(|one| one.software.has_programs());
    able.filter_map(|one| one.software.library)
        .filter(|one| !one.is_installed())
        .try_for_each(install_library)
}

fn install_library(library: &Packages) -> Result<()> {
    println!("Installing {} from {}.", library.name, library.from.name);
    library.install()
}

fn absent(needs: &[Need]) -> Vec<Need> {
    let absent = needs.iter().filter(|need| !need.software.is_installed());
    absent.copied().collect()
}

fn names(needs: &[Need]) -> String {
    let names: Vec<_> = needs.iter().map(|need| need.name).collect();
    names.join(", ")
}
