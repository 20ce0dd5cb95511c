//! The charts of README and of the book are what the reports beside them give, and each is shown somewhere.

use std::collections::BTreeSet;
use std::process::Command;

use crate::{checkout, pages};

/// Where reports and their charts lie.
const FOLDER: &str = "docs/charts";

/// The names in the folder that end so, without that end.
fn names(end: &str) -> BTreeSet<String> {
    let entries = std::fs::read_dir(checkout().join(FOLDER)).unwrap();
    let files = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    files.filter_map(|file| file.strip_suffix(end).map(str::to_owned)).collect()
}

#[test]
fn every_chart_is_what_its_report_gives() {
    let folder = tempfile::tempdir().unwrap();
    let drawn = folder.path().join("drawn.svg");
    assert_eq!(names(".json"), names(".svg"), "a report without a chart, or a chart without a report");
    for name in names(".json") {
        let kept = checkout().join(FOLDER).join(&name);
        let output = Command::new(env!("CARGO_BIN_EXE_millstream"))
            .args(["bench", "report"])
            .arg(kept.with_extension("json"))
            .arg("--chart")
            .arg(&drawn)
            .output()
            .unwrap();
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        let [found, wanted] =
            [kept.with_extension("svg"), drawn.clone()].map(|file| std::fs::read_to_string(file).unwrap());
        assert!(found == wanted, "{FOLDER}/{name}.svg is not what {name}.json gives; run scripts/charts");
    }
}

#[test]
fn every_chart_is_shown() {
    let texts: Vec<String> = pages().into_iter().map(|(_, text)| text).collect();
    let shows = |name: &String| texts.iter().any(|text| text.contains(&format!("charts/{name}.svg)")));
    let hidden: Vec<String> = names(".svg").into_iter().filter(|name| !shows(name)).collect();
    assert!(hidden.is_empty(), "no page shows {hidden:?}");
}
