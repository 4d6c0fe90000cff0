//! Telegrams of our own making, in the shape of the real ones.

/// A 震度速報 of the given second after 23:18 JST, with its Status.
pub(crate) fn quake_with(status: &str, second: u32) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<Report xmlns="http://xml.kishou.go.jp/jmaxml1/" xmlns:jmx="http://xml.kishou.go.jp/jmaxml1/">
<Control><Title>震度速報</Title><DateTime>2025-12-08T14:18:{second:02}Z</DateTime><Status>{status}</Status>
<EditorialOffice>気象庁本庁</EditorialOffice><PublishingOffice>気象庁</PublishingOffice></Control>
<Head xmlns="http://xml.kishou.go.jp/jmaxml1/informationBasis1/"><Title>震度速報</Title>
<ReportDateTime>2025-12-08T23:18:{second:02}+09:00</ReportDateTime>
<TargetDateTime>2025-12-08T23:15:00+09:00</TargetDateTime><EventID>202512082315{second:02}</EventID>
<InfoType>発表</InfoType><Serial/><InfoKind>震度速報</InfoKind><InfoKindVersion>1.0_1</InfoKindVersion>
<Headline><Text>８日２３時１５分ころ、地震による強い揺れを感じました。震度３以上が観測された地域をお知らせします。</Text>
</Headline></Head>
<Body xmlns="http://xml.kishou.go.jp/jmaxml1/body/seismology1/"><Intensity><Observation><MaxInt>5+</MaxInt>
<Pref><Name>青森県</Name><Code>02</Code><MaxInt>5+</MaxInt>
<Area><Name>青森県三八上北</Name><Code>202</Code><MaxInt>5+</MaxInt></Area></Pref>
</Observation></Intensity></Body>
</Report>
"#
    )
}

/// A real (通常) 震度速報.
pub(crate) fn quake(second: u32) -> String {
    quake_with("通常", second)
}

/// A telegram of a type nobody knows.
pub(crate) fn unknown() -> String {
    quake(0).replace("<Control><Title>震度速報", "<Control><Title>月の満ち欠けに関する情報")
}

/// gzip, as a distributor or a browser might send it.
pub(crate) fn gzip(text: &str) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}
