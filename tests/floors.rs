//! A crate uses only crates that stand on lower floors.
//!
//! The floors are the table below; what a crate uses is what its manifest says, for its code, its tests and
//! its build, on any target. A new crate needs a line here before anything builds on it.

use std::fmt;

use toml::{Table, Value};

use crate::checkout;

/// The house, lowest first.
const HOUSE: &[(&str, Floor)] = &[
    ("options", Floor::Ground),
    ("memory", Floor::Storey(0)),
    ("shuffle", Floor::Storey(1)),
    ("record-derive", Floor::Storey(0)),
    ("record", Floor::Storey(1)),
    ("expr", Floor::Storey(1)),
    ("runtime", Floor::Storey(2)),
    ("state", Floor::Storey(3)),
    ("operators", Floor::Storey(4)),
    ("connect", Floor::Storey(5)),
    ("plan", Floor::Storey(6)),
    ("api", Floor::Storey(7)),
    ("sql", Floor::Storey(7)),
    ("cluster", Floor::Storey(8)),
    ("cli", Floor::Storey(9)),
    ("examples", Floor::Roof),
    ("bench", Floor::Roof),
    ("tests", Floor::Roof),
    ("scripts", Floor::Roof),
];

/// Where a crate stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Floor {
    /// Below everything.
    Ground,
    /// Part of the engine.
    Storey(u8),
    /// Above everything: may use all that is below, and nothing may use it.
    Roof,
}

impl fmt::Display for Floor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Floor::Ground => f.write_str("the ground"),
            Floor::Storey(number) => write!(f, "floor {number}"),
            Floor::Roof => f.write_str("the roof"),
        }
    }
}

/// A crate of ours, and the crates of ours that it uses.
struct Crate {
    name: String,
    uses: Vec<Use>,
}

struct Use {
    name: String,
    section: String,
}

#[test]
fn no_crate_uses_its_own_floor_or_a_higher_one() {
    let workspace: Table = checkout::read("Cargo.toml").parse().unwrap();
    let members = workspace["workspace"]["members"].as_array().unwrap();
    let manifests = members
        .iter()
        .map(|member| checkout::read(&format!("{}/Cargo.toml", member.as_str().unwrap())).parse().unwrap());
    let crates: Vec<_> = manifests.map(|manifest| read(&manifest, &workspace)).collect();
    let found = violations(&crates);
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

/// The rule.
fn violations(crates: &[Crate]) -> Vec<String> {
    let mut found = Vec::new();
    for Crate { name, uses } in crates {
        let Some(own) = floor(name) else {
            found.push(format!("{name} stands on no floor: give it a line in tests/floors.rs"));
            continue;
        };
        for Use { name: used, section } in uses {
            match floor(used) {
                None => found.push(format!("{name} uses {used} in [{section}], which stands on no floor")),
                Some(below) if below < own => {}
                Some(other) => found.push(format!(
                    "{name} ({own}) uses {used} ({other}) in [{section}]: only lower floors may be used"
                )),
            }
        }
    }
    found
}

fn floor(name: &str) -> Option<Floor> {
    HOUSE.iter().find(|line| line.0 == name).map(|line| line.1)
}

/// A manifest, as far as the rule goes.
fn read(manifest: &Table, workspace: &Table) -> Crate {
    let mut uses = Vec::new();
    let mut collect = |table: &Table, of: &str| {
        for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let section = format!("{of}{kind}");
            let entries = table.get(kind).and_then(Value::as_table).into_iter().flatten();
            let ours = entries.filter_map(|(key, entry)| our_crate(key, entry, workspace));
            uses.extend(ours.map(|name| Use { name, section: section.clone() }));
        }
    };
    collect(manifest, "");
    for (target, table) in manifest.get("target").and_then(Value::as_table).into_iter().flatten() {
        collect(table.as_table().expect("a target has sections"), &format!("target.{target}."));
    }
    let name = manifest["package"]["name"].as_str().expect("a package has a name");
    Crate { name: short(name), uses }
}

/// The short name of a dependency, if it is one of ours: it says where it lies, or is called like ours.
fn our_crate(key: &str, entry: &Value, workspace: &Table) -> Option<String> {
    let inherits = entry.get("workspace").and_then(Value::as_bool) == Some(true);
    let entry = if inherits { &workspace["workspace"]["dependencies"][key] } else { entry };
    let package = entry.get("package").and_then(Value::as_str).unwrap_or(key);
    let ours = entry.get("path").is_some() || package.starts_with("millstream-");
    ours.then(|| short(package))
}

fn short(package: &str) -> String {
    package.strip_prefix("millstream-").unwrap_or(package).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORKSPACE: &str = r#"
        [workspace.dependencies]
        memory = { package = "millstream-memory", path = "memory" }
        runtime = { package = "millstream-runtime", path = "engine/runtime" }
        thiserror = "2"
    "#;

    /// The violations of one crate, which is planted with these lines behind its name.
    fn check(name: &str, lines: &str, expect: &[&str]) {
        let manifest = format!("[package]\nname = \"millstream-{name}\"\n{lines}").parse().unwrap();
        let planted = read(&manifest, &WORKSPACE.parse().unwrap());
        assert_eq!(violations(&[planted]), expect, "{lines}");
    }

    #[test]
    fn lower_floors_and_other_peoples_crates_may_be_used() {
        check(
            "runtime",
            "[dependencies]\nmemory.workspace = true\nthiserror.workspace = true\nlibc = \"1\"",
            &[],
        );
        check("tests", "[dev-dependencies]\nruntime = { workspace = true }", &[]);
    }

    #[test]
    fn a_use_sideways_is_found() {
        check(
            "shuffle",
            "[dependencies]\nexpr = { package = \"millstream-expr\", path = \"../engine/expr\" }",
            &["shuffle (floor 1) uses expr (floor 1) in [dependencies]: only lower floors may be used"],
        );
        check(
            "bench",
            "[dependencies]\nmillstream-tests = { path = \"../tests\" }",
            &["bench (the roof) uses tests (the roof) in [dependencies]: only lower floors may be used"],
        );
    }

    #[test]
    fn a_use_upward_is_found_in_every_section() {
        for section in
            ["dependencies", "dev-dependencies", "build-dependencies", "target.'cfg(unix)'.dev-dependencies"]
        {
            let shown = section.replace('\'', "");
            check(
                "memory",
                &format!("[{section}]\nruntime.workspace = true"),
                &[&format!(
                    "memory (floor 0) uses runtime (floor 2) in [{shown}]: only lower floors may be used"
                )],
            );
        }
        check(
            "options",
            "[dependencies]\nmemory.workspace = true",
            &["options (the ground) uses memory (floor 0) in [dependencies]: only lower floors may be used"],
        );
    }

    #[test]
    fn a_crate_that_stands_nowhere_is_found() {
        check("attic", "", &["attic stands on no floor: give it a line in tests/floors.rs"]);
        check(
            "cli",
            "[dependencies]\nattic = { path = \"../attic\" }",
            &["cli uses attic in [dependencies], which stands on no floor"],
        );
    }
}
