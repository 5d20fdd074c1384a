using Fairway.Client;
using Fairway.Client.Wire;
using Fairway.Hammer;
using Fairway.Serve;

namespace Fairway.Gates;

/// <summary>Alerts of rule files, and what scanners and backups attest from outside, at the gate of the real program.</summary>
public sealed class AttestTests
{
    private const string Top = """
        metrics: { file: prometheus.yml }
        environments:
          staging: { services: { shop: { routes: [{ host: staging.localhost }] } } }
          production:
            gates: { checklist: { alerts: required, backup: required }, attestations: scan/licences }
            services: { shop: { routes: [{ host: 127.0.0.1 }], backup: { maxAge: 24h } } }

        """;

    [Fact]
    public async Task Alerts_and_what_others_found_out_open_and_close_a_gate()
    {
        using var shop = new ShopFolder("strategy: blueGreen, guard: 100ms, judge: off", Top);
        await File.WriteAllTextAsync(Path.Combine(shop.Folder, "prometheus.yml"), "rule_files: [rules.yml]\n");
        await RuleAsync("cart");
        using var plane = await shop.StartAsync();
        var release = await shop.ReleaseAsync("1.0");
        await RulesAsync("checklist/alerts deny alerts-missing", "checklist/backup deny backup-missing", "attestation/scan/licences hold attestation-missing");

        await RuleAsync("shop");
        plane.Signal(1);
        await RulesAsync("checklist/alerts allow alerts-there", "checklist/backup deny backup-missing", "attestation/scan/licences hold attestation-missing");

        var (code, output) = await shop.RunAsync("attest", "shop", "-e", "production", "--kind", "backup", "--passed", "--number", "bytes=1048576");
        Assert.True(code == 0 && output.Contains("attests that backup of production/shop passed: 1048576 bytes", StringComparison.Ordinal), output);
        (code, output) = await shop.RunAsync("attest", "shop", "--release", "1.0", "--kind", "scan/licences", "--passed", "--summary", "all are ours", "--json");
        Assert.True(code == 0 && output.Contains("\"kind\": \"scan/licences\"", StringComparison.Ordinal), output);
        await RulesAsync("checklist/alerts allow alerts-there", "checklist/backup allow backup-fresh", "attestation/scan/licences allow attestation-passed");
        Assert.Equal(0, (await shop.RunAsync("gate", "explain", "shop", "-e", "production", "--release", release.Digest)).ExitCode);

        Assert.Equal(0, (await shop.RunAsync("attest", "shop", "-e", "production", "-k", "restore-drill", "--failed", "-m", "two tables are empty")).ExitCode);
        (code, output) = await shop.RunAsync("gate", "explain", "shop", "-e", "production", "--release", release.Digest);
        Assert.True(code == ExitCodes.Refused && output.Contains("restore drill of shop failed: two tables are empty", StringComparison.Ordinal), output);
        Assert.Equal(["backup", "restore-drill"], (await shop.Client.GetAttestationsAsync("production", "shop", default)).Select(one => one.Kind));

        // What only Fairway knows, what there is not, and what is no attestation.
        Assert.NotEqual(0, (await shop.RunAsync("attest", "shop", "--release", "1.0", "--kind", "provenance", "--passed")).ExitCode);
        Assert.NotEqual(0, (await shop.RunAsync("attest", "shop", "-e", "production", "--kind", "pin", "--passed")).ExitCode);
        Assert.Equal(ExitCodes.Usage, (await shop.RunAsync("attest", "shop", "--release", "9.9", "--kind", "tests", "--passed")).ExitCode);
        Assert.Equal(ExitCodes.Usage, (await shop.RunAsync("attest", "shop", "-e", "production", "--kind", "No Kind", "--passed")).ExitCode);
        var unknown = await Assert.ThrowsAsync<FairwayException>(() => shop.Client.AttestAsync("sha256:" + new string('0', 64), new("tests", true), default));
        Assert.Equal("unknown-artifact", unknown.Code);
        var records = await shop.Client.SearchAuditAsync(new(null, "service-attested,artifact-attested", null, null, null, null), null, 20, default);
        Assert.Equal(3, records.Records.Count);

        Task RuleAsync(string service) => File.WriteAllTextAsync(Path.Combine(shop.Folder, "rules.yml"), $$"""
            groups:
              - name: ours
                rules:
                  - { alert: Failing, expr: 'rate(fairway_edge_failures_total{service="{{service}}"}[5m]) > 1' }
            """);

        Task RulesAsync(params string[] expected)
        {
            GateVerdictInfo? last = null;
            return Until.TrueAsync(async () =>
            {
                last = await shop.Client.ExplainGateAsync("production", "shop", release.Digest, default);
                return Said(last).Intersect(expected, StringComparer.Ordinal).Count() == expected.Length;
            }, () => $"the gate says {string.Join("; ", expected)}; it says {string.Join("; ", Said(last!))}");
        }
    }

    private static IEnumerable<string> Said(GateVerdictInfo verdict) => verdict.Rules.Select(rule => $"{rule.Rule} {rule.Answer} {rule.Why.Code}");
}
