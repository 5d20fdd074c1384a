namespace Fairway.Metrics.Scrape;
internal sealed class ProtobufIngest(SeriesRun run, SeriesLabels labels, FamilyTexts families, ScrapeIngestOptions options)
{
    public void Take(ReadOnlySpan<byte> body) { _ = (run, labels, families, options, body.Length); throw new FormatException("protobuf"); }
}
