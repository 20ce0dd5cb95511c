//! docs/configuration.md says what the engine does: it is what the option catalogue renders.

use crate::checkout;

#[test]
fn the_configuration_page_is_what_the_catalogue_says() {
    let same = checkout::read("docs/configuration.md") == options::reference::render();
    assert!(same, "docs/configuration.md is not what the catalogue says; run `cargo x config-reference`");
}
