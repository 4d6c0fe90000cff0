//! Every operation refuses those who have no business with it.

use crate::world;

#[tokio::test]
async fn every_operation_refuses_strangers() {
    let world = world().await;
    testkit::refuses_strangers(&world).await;
}

#[tokio::test]
async fn every_operation_has_an_id_an_example_and_a_class() {
    let world = world().await;
    testkit::describes_itself(&world);
}
