//! Telegrams of our own making, as XML.

use std::fmt::Write as _;

use testkit::World;

/// Envelope of a telegram. Times are JST `2025-12-08T23:16:00+09:00`.
pub(crate) struct Letter<'a> {
    pub title: &'a str,
    pub status: &'a str,
    pub office: &'a str,
    pub at: &'a str,
    pub event: &'a str,
    pub info_type: &'a str,
    pub body: String,
}

impl Letter<'_> {
    fn xml(&self, namespace: &str) -> String {
        let Self { title, status, office, at, event, info_type, body } = self;
        let sent = kernel::Timestamp::parse(at).unwrap().utc().format("%Y-%m-%dT%H:%M:%SZ");
        format!(
            r#"<?xml version="1.0" encoding="UTF-8"?>
<Report xmlns="http://xml.kishou.go.jp/jmaxml1/" xmlns:jmx="http://xml.kishou.go.jp/jmaxml1/">
<Control><Title>{title}</Title><DateTime>{sent}</DateTime><Status>{status}</Status>
<EditorialOffice>{office}</EditorialOffice><PublishingOffice>{office}</PublishingOffice></Control>
<Head xmlns="http://xml.kishou.go.jp/jmaxml1/informationBasis1/"><Title>{title}</Title>
<ReportDateTime>{at}</ReportDateTime><TargetDateTime>{at}</TargetDateTime><EventID>{event}</EventID>
<InfoType>{info_type}</InfoType><Serial></Serial><InfoKind>{title}</InfoKind><InfoKindVersion>1.0_0</InfoKindVersion>
<Headline><Text></Text></Headline></Head>
<Body xmlns="http://xml.kishou.go.jp/jmaxml1/body/{namespace}/" xmlns:jmx_eb="http://xml.kishou.go.jp/jmaxml1/elementBasis1/">{body}</Body></Report>"#
        )
    }
}

/// VPWW56 with one code at 八戸市 and nothing elsewhere.
pub(crate) fn landslide(at: &str, status: &str, code: &str, name: &str) -> String {
    let mut items = String::new();
    for m in kernel::areas::municipalities() {
        let kind = if m.jis5 == "02203" && !code.is_empty() {
            format!("<Kind><Name>{name}</Name><Code>{code}</Code><Status>発表</Status></Kind>")
        } else {
            "<Kind><Status>発表警報・注意報はなし</Status></Kind>".to_owned()
        };
        let _ = write!(items, "<Item>{kind}<Area><Name>{}</Name><Code>{}00</Code></Area></Item>", m.name, m.jis5);
    }
    let body = format!("<Warning type=\"気象警報・注意報（市町村等）\">{items}</Warning>");
    let title = "気象警報・注意報（Ｒ０６）（土砂）";
    Letter { title, status, office: "青森地方気象台", at, event: "", info_type: "発表", body }.xml("meteorology1")
}

/// VTSE41 for 青森県太平洋沿岸.
pub(crate) fn tsunami(at: &str, status: &str, code: &str, name: &str) -> String {
    let body = format!(
        r#"<Tsunami><Forecast><CodeDefine><Type xpath="Item/Area/Code">津波予報区</Type><Type xpath="Item/Category/Kind/Code">警報等情報要素／津波警報・注意報・予報</Type></CodeDefine>
<Item><Area><Name>青森県太平洋沿岸</Name><Code>201</Code></Area><Category><Kind><Name>{name}</Name><Code>{code}</Code></Kind><LastKind><Name>津波なし</Name><Code>00</Code></LastKind></Category>
<FirstHeight><ArrivalTime>2025-12-08T23:40:00+09:00</ArrivalTime></FirstHeight>
<MaxHeight><jmx_eb:TsunamiHeight type="津波の高さ" unit="m" condition="不明" description="巨大">NaN</jmx_eb:TsunamiHeight></MaxHeight></Item></Forecast></Tsunami>"#
    );
    let title = "津波警報・注意報・予報a";
    Letter { title, status, office: "気象庁", at, event: "20251208231519", info_type: "発表", body }.xml("seismology1")
}

/// VXSE53: 八戸市 6+, 南部町 has not reported.
pub(crate) fn quake(at: &str, status: &str) -> String {
    let body = r#"<Earthquake><OriginTime>2025-12-08T23:15:00+09:00</OriginTime><ArrivalTime>2025-12-08T23:15:00+09:00</ArrivalTime>
<Hypocenter><Area><Name>青森県東方沖</Name><Code type="震央地名">285</Code><jmx_eb:Coordinate description="北緯４１．０度　東経１４２．３度　深さ　５０ｋｍ" datum="日本測地系">+41.0+142.3-50000/</jmx_eb:Coordinate></Area></Hypocenter>
<jmx_eb:Magnitude type="Mj" description="Ｍ７．５">7.5</jmx_eb:Magnitude></Earthquake>
<Intensity><Observation><CodeDefine><Type xpath="Pref/Code">地震情報／都道府県等</Type><Type xpath="Pref/Area/Code">地震情報／細分区域</Type><Type xpath="Pref/Area/City/Code">気象・地震・火山情報／市町村等</Type><Type xpath="Pref/Area/City/IntensityStation/Code">震度観測点</Type></CodeDefine>
<MaxInt>6+</MaxInt><Pref><Name>青森県</Name><Code>02</Code><MaxInt>6+</MaxInt><Area><Name>青森県三八上北</Name><Code>202</Code><MaxInt>6+</MaxInt>
<City><Name>八戸市</Name><Code>0220300</Code><MaxInt>6+</MaxInt><IntensityStation><Name>八戸市南郷＊</Name><Code>0220332</Code><Int>6+</Int></IntensityStation></City>
<City><Name>青森南部町</Name><Code>0244500</Code><Condition>震度５弱以上未入電</Condition><IntensityStation><Name>青森南部町平＊</Name><Code>0244530</Code><Int>震度５弱以上未入電</Int></IntensityStation></City>
</Area></Pref></Observation></Intensity>
<Comments><ForecastComment codeType="固定付加文"><Text>津波警報等を発表中です。</Text><Code>0211</Code></ForecastComment></Comments>"#;
    let title = "震源・震度に関する情報";
    Letter {
        title, status, office: "気象庁", at, event: "20251208231519", info_type: "発表", body: body.to_owned()
    }
    .xml("seismology1")
}

/// Lets a telegram arrive from a live source and its consequences come about.
pub(crate) async fn arrive(world: &World, xml: &str, name: &str) {
    let done = feeds::ingest(world.app(), &feeds::Origin::live("jma-extra"), xml.as_bytes(), Some(name)).await.unwrap();
    assert_eq!(done.outcome, feeds::Outcome::Understood, "{name}: {:?}", done.reason);
    world.settle().await;
}
