using System.Text;
using FsCheck;
using FsCheck.Fluent;
using NodaTime;

namespace Fairway.Scanning;

public sealed class ReportTests
{
    private static readonly Instant Now = Instant.FromUtc(2026, 1, 31, 12, 0);
    private static readonly Finding Found = new("k8s-latest-tag", Severity.High, "The image a may be another one tomorrow.", "deploy/prod/a b.yaml", 7)
    {
        Column = 3, EndLine = 7, EndColumn = 9, Fingerprint = "f1", Subject = "Deployment/shop", Mend = "Name a version.",
    };

    [Theory]
    [InlineData("k8s-*", "deploy/**", null, true)]
    [InlineData("k8s-latest-tag", null, "Deployment/*", true)]
    [InlineData("k8s-latest-tag", "test/**", null, false)]
    [InlineData("docker-*", null, null, false)]
    [InlineData("*", null, "Service/*", false)]
    public void An_exemption_is_about_what_all_of_it_matches(string rule, string? path, string? subject, bool expected)
        => Assert.Equal(expected, new Exemption(rule, "anna", "soon", Now) { Path = path, Subject = subject }.Matches(Found));

    [Fact]
    public void An_exemption_holds_until_its_end_and_is_shown_after_it()
    {
        var exemption = new Exemption("k8s-latest-tag", "anna", "until the registry moves", Now) { Ticket = "OPS-1" };

        var before = Assert.Single(ExemptionJudge.Judge([Found], [exemption], Now - Duration.Epsilon));
        var after = Assert.Single(ExemptionJudge.Judge([Found], [exemption], Now));

        Assert.False(before.Counts);
        Assert.True(after.Counts);
        Assert.Equal((exemption, exemption), (before.Exemption, after.Expired));
        Assert.Equal([exemption], ExemptionJudge.Idle([Found], [exemption], Now));
    }

    [Fact]
    public void A_report_fails_from_the_severity_that_is_asked_for_and_counts_what_counts()
    {
        var report = ScanReport.Of("scan", [], [Found, Found with { Severity = Severity.Critical, Suppressed = "allowed" }], [], Now);

        Assert.True(report.Fails(Severity.High));
        Assert.False(report.Fails(Severity.Critical));
        Assert.False(report.Fails(null));
        Assert.Equal((1, 0, 1), (report.Numbers["high"], report.Numbers["critical"], report.Numbers["suppressed"]));
        Assert.Equal("1 finding: 1 high (1 exempt or suppressed)", report.Summary);
    }

    [Fact]
    public void A_report_as_SARIF_is_the_same_to_the_letter()
    {
        var rule = new ScanRule("k8s-latest-tag", "Images have a tag", Severity.High, "Name a version.");
        var report = ScanReport.Of("scan", [rule], [Found], [new("k8s-latest-tag", "anna", "soon", Now) { Ticket = "OPS-1" }], Now) with { Unread = ["b.bin: too large"] };

        Assert.Equal("""
            {
              "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
              "version": "2.1.0",
              "runs": [
                {
                  "tool": {
                    "driver": {
                      "name": "scan",
                      "version": "1.2",
                      "rules": [
                        {
                          "id": "k8s-latest-tag",
                          "shortDescription": {
                            "text": "Images have a tag"
                          },
                          "help": {
                            "text": "Name a version."
                          },
                          "defaultConfiguration": {
                            "level": "error"
                          }
                        }
                      ]
                    }
                  },
                  "invocations": [
                    {
                      "executionSuccessful": true,
                      "toolExecutionNotifications": [
                        {
                          "level": "warning",
                          "message": {
                            "text": "b.bin: too large"
                          }
                        }
                      ]
                    }
                  ],
                  "columnKind": "utf16CodeUnits",
                  "results": [
                    {
                      "ruleId": "k8s-latest-tag",
                      "ruleIndex": 0,
                      "level": "error",
                      "message": {
                        "text": "The image a may be another one tomorrow. Name a version."
                      },
                      "locations": [
                        {
                          "physicalLocation": {
                            "artifactLocation": {
                              "uri": "deploy/prod/a%20b.yaml"
                            },
                            "region": {
                              "startLine": 7,
                              "startColumn": 3,
                              "endLine": 7,
                              "endColumn": 9
                            }
                          },
                          "logicalLocations": [
                            {
                              "fullyQualifiedName": "Deployment/shop"
                            }
                          ]
                        }
                      ],
                      "partialFingerprints": {
                        "fairway/v1": "f1"
                      },
                      "suppressions": [
                        {
                          "kind": "external",
                          "status": "rejected",
                          "justification": "expired: soon (owner anna, OPS-1, until 2026-01-31T12:00:00Z)"
                        }
                      ],
                      "properties": {
                        "severity": "high"
                      }
                    }
                  ]
                }
              ]
            }

            """, SarifWriter.Write(report, "1.2"));
    }

    [Fact]
    public void What_is_written_is_read_back()
    {
        var written = SarifWriter.Write(ScanReport.Of("scan", [], [Found with { Score = 7.5, Package = "pkg:npm/a@1", Commit = "c", Aliases = ["CVE-1"] }], [], Now), "1");

        var read = SarifReader.Read(Encoding.UTF8.GetBytes(written));

        var finding = Assert.Single(read.Findings);
        Assert.Equal(("k8s-latest-tag", Severity.High, "deploy/prod/a b.yaml", 7, "f1", 7.5), (finding.Rule, finding.Severity, finding.Path, finding.Line, finding.Fingerprint, finding.Score));
        Assert.Equal(("Deployment/shop", "pkg:npm/a@1", "c", "CVE-1"), (finding.Subject, finding.Package, finding.Commit, Assert.Single(finding.Aliases)));
    }

    [Theory]
    [InlineData("""{"ruleId":"a","message":{"text":"m"}}""", "a", Severity.Low, null)]
    [InlineData("""{"rule":{"id":"a"},"message":{"text":"m"},"level":"error"}""", "a", Severity.High, null)]
    [InlineData("""{"ruleIndex":0,"message":{"id":"default","arguments":["x"]}}""", "a", Severity.Low, null)]
    [InlineData("""{"ruleId":"b","message":{"text":"m"}}""", "b", Severity.Critical, null)]
    [InlineData("""{"ruleId":"a","message":{"text":"m"},"suppressions":[{"kind":"inSource"}]}""", "a", Severity.Low, "suppressed by the scanner")]
    [InlineData("""{"ruleId":"a","message":{"text":"m"},"suppressions":[{"kind":"external","status":"rejected"}]}""", "a", Severity.Low, null)]
    public void Results_of_other_scanners_are_understood(string result, string rule, Severity severity, string? suppressed)
    {
        var log = """{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"x","rules":[{"id":"a","defaultConfiguration":{"level":"note"},"messageStrings":{"default":{"text":"see {0}"}}},{"id":"b","properties":{"security-severity":"9.1"}}]}},"results":[RESULT,{"ruleId":"c","kind":"pass","message":{"text":"fine"}}]}]}""".Replace("RESULT", result, StringComparison.Ordinal);

        var finding = Assert.Single(SarifReader.Read(Encoding.UTF8.GetBytes(log)).Findings);

        Assert.Equal((rule, severity, suppressed), (finding.Rule, finding.Severity, finding.Suppressed));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"version\":\"1.0\"}")]
    public void What_is_no_log_is_refused(string text) => Assert.NotNull(SarifReader.Read(Encoding.UTF8.GetBytes(text)).Problem);

    [Fact]
    public void Any_JSON_is_a_log_or_refused()
    {
        string[] parts = ["null", "[]", "{}", "1", "\"x\"", "[{}]", "[null]", "[1]", "{\"text\":1}", "{\"driver\":{\"rules\":[1,{\"id\":2}]}}", "[{\"ruleId\":1,\"locations\":[1]}]", "[{\"message\":\"x\",\"level\":5,\"properties\":[]}]"];
        Prop.ForAll<int, int, int>((one, two, three) =>
        {
            string Part(int pick) => parts[(pick & int.MaxValue) % parts.Length];
            var log = "{\"version\":\"2.1.0\",\"runs\":[{\"tool\":" + Part(one) + ",\"results\":" + Part(two) + "}," + Part(three) + "]}";
            var read = SarifReader.Read(Encoding.UTF8.GetBytes(log));
            return read.Problem is not null || read.Findings.Length >= 0;
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData("*.cs", "a/b.cs", true)]
    [InlineData("a/*.cs", "a/b/c.cs", false)]
    [InlineData("a/**/c.cs", "a/c.cs", true)]
    [InlineData("a/**/c.cs", "a/b/d/c.cs", true)]
    [InlineData("**/c.cs", "xc.cs", false)]
    [InlineData("**/c.cs", "c.cs", true)]
    [InlineData("a/", "a/b/c", true)]
    [InlineData("/a.cs", "b/a.cs", false)]
    [InlineData("a?c", "a/c", false)]
    [InlineData("a?c", "abc", true)]
    public void Path_patterns_match_as_people_expect(string pattern, string path, bool expected) => Assert.Equal(expected, PathPattern.MatchesPath(pattern, path));

    [Theory]
    [InlineData("a = 1\nb.c = 'x'\n[t]\nd = [1, 2,\n 3]\n[[u]]\ne = {f = true}\n[[u]]\n", "a b t u")]
    [InlineData("k = \"\"\"\na \\\n   b\"\"\"\"\nm = '''x\n'y'''\nn = 0x_no", null)]
    [InlineData("k = \"\"\"\na \\\n   b\"\"\"\"\nm = '''x\n'y'''\nn = 0xFF\no = 1979-05-27 07:32:00Z\np = -1_000.5e-3\nq=inf", "k m n o p q")]
    [InlineData("a = 1\na = 2", null)]
    [InlineData("[a]\n[a]", null)]
    [InlineData("a.b = 1\n[a]", null)]
    [InlineData("a = {b = 1}\n[a.c]", null)]
    [InlineData("a = [1]\n[[a]]", null)]
    [InlineData("a = \"x\ny\"", null)]
    [InlineData("a = 01", null)]
    [InlineData("a = 1 b = 2", null)]
    [InlineData("a = \"\\q\"", null)]
    [InlineData("= 1", null)]
    [InlineData("a = ", null)]
    public void TOML_is_read_as_its_specification_says(string text, string? names)
    {
        if (names is null) Assert.Throws<FormatException>(() => TomlReader.Read(text));
        else Assert.Equal(names, string.Join(' ', TomlReader.Read(text).Values.Keys.Order(StringComparer.Ordinal)));
    }

    [Fact]
    public void TOML_strings_mean_what_they_say()
    {
        var read = TomlReader.Read("a = \"\"\"\nx \\\n   y\"\"\"\"\nb = '''\nC:\\d'''\nc = \"\\u00e9\\t\\U0001F600\"\n\"d e\" = 'f'");

        Assert.Equal(("x y\"", "C:\\d", "é\t😀", "f"), (read.Text("a"), read.Text("b"), read.Text("c"), read.Text("d e")));
    }

    [Fact]
    public void Any_text_is_TOML_or_refused()
    {
        string[] parts = ["a", "=", "\"", "'''", "[", "]", "[[", "]]", "{", "}", ".", ",", "1", "\n", "#", "\\u00", "true", "1979-05-27", " ", "\"\"\""];
        Prop.ForAll<int[]>(picks =>
        {
            try
            {
                _ = TomlReader.Read(string.Concat(picks.Select(pick => parts[(pick & int.MaxValue) % parts.Length])));
            }
            catch (FormatException)
            {
                return true;
            }
            return true;
        }).QuickCheckThrowOnFailure();
    }
}
