using FsCheck;
using FsCheck.Fluent;

namespace Fairway.Scanning;

public sealed class SecretTests
{
    // Put together here, so that no scan of this file finds it.
    private static readonly string Token = "ghp_" + "aB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW0xY" + "zA1b";

    [Fact]
    public void A_secret_is_found_where_it_is_and_never_shown()
    {
        var found = Assert.Single(Scan($"line\nvar x = \"{Token}\";\n"));

        Assert.Equal(("github-token", "src/a.cs", 2, 10, "src/a.cs:github-token:2"), (found.Rule, found.Path, found.Line, found.Column, found.Fingerprint));
        var report = ScanReport.Of("t", [.. BuiltInSecretRules.Set.Rules.Select(rule => rule.ToScanRule())], [found], [], default);
        Assert.DoesNotContain(Token, SarifWriter.Write(report, "1") + found, StringComparison.Ordinal);
    }

    [Fact]
    public void A_comment_an_ignore_file_and_a_baseline_suppress_it()
    {
        Assert.Equal("gitleaks:allow", Assert.Single(Scan($"x = \"{Token}\" # gitleaks:allow")).Suppressed);
        var ignored = SecretScan.ReadIgnored("# known\nsrc/a.cs:github-token:1\n\n");
        Assert.NotNull(Assert.Single(new SecretScan(BuiltInSecretRules.Set, ignored).Scan(new("src/a.cs", Token, 1, new string('a', 40)), [])).Suppressed);
    }

    [Theory]
    [InlineData("", 0.0)]
    [InlineData("aaaa", 0.0)]
    [InlineData("abab", 1.0)]
    [InlineData("abcdefgh", 3.0)]
    [InlineData("é", 0.5)]
    public void Entropy_counts_characters_over_bytes(string text, double expected) => Assert.Equal(expected, SecretEntropy.Of(text), 12);

    [Theory]
    [InlineData("AKIA" + "QYLPMN5HFIQR7XYA", "aws-access-token")]
    [InlineData("AKIA" + "IOSFODNN7EXAMPLE", null)]
    [InlineData("sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc", "stripe-key")]
    [InlineData("npm_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8", "npm-token")]
    [InlineData("AIza" + "SyD3-x7Fq9_Lk2Mn4Pq6Rs8Tu0Vw1Xy2Zab", "google-api-key")]
    [InlineData("xoxb-" + "123456789012-123456789012-AbCdEfGhIjKlMnOpQrStUvWx", "slack-token")]
    [InlineData("postgres://shop:" + "s3cr3tPw9x@db.local/shop", "url-password")]
    [InlineData("postgres://shop:${DB_PASSWORD}@db.local/shop", null)]
    [InlineData("api_key = \"" + "zX9qW8eR7tY6uI5oP4aS" + "\"", "generic-api-key")]
    [InlineData("public_key = \"" + "zX9qW8eR7tY6uI5oP4aS" + "\"", null)]
    [InlineData("the password is asked for at the prompt", null)]
    public void Built_in_rules_find_tokens_and_not_what_looks_like_them(string text, string? expected)
        => Assert.Equal(expected, Scan(text).FirstOrDefault()?.Rule);

    [Fact]
    public void A_rule_file_of_gitleaks_is_read_as_it_is()
    {
        var set = GitleaksConfig.Read("""
            title = "ours"
            [extend]
            useDefault = true
            disabledRules = ["jwt"]
            [[rules]]
            id = "shop"
            description = "Shop key"
            regex = '''(?i)shop_(?P<body>[[:alnum:]]{8})(-\d+)?'''
            secretGroup = 1
            entropy = 2.0
            keywords = ["SHOP_"]
                [[rules.allowlists]]
                condition = "AND"
                paths = ['''(^|/)tests/''']
                stopwords = ["sample"]
            [[rules]]
            id = "pfx"
            path = '''(?i)\.pfx$'''
            [[allowlists]]
            targetRules = ["shop"]
            regexTarget = "line"
            regexes = ["doc:"]
            """, () => BuiltInSecretRules.Set, _ => null);
        var scan = new SecretScan(set, []);

        Assert.DoesNotContain(set.Rules, rule => rule.Id == "jwt");
        Assert.Equal("shop", Assert.Single(scan.Scan(new("a", "k = Shop_a1b2c3d4-77"), [])).Rule);
        Assert.Empty(scan.Scan(new("a", "k = shop_aaaaaaaa"), []));
        Assert.Empty(scan.Scan(new("a", "doc: shop_a1b2c3d4"), []));
        Assert.Single(scan.Scan(new("tests/a", "shop_a1b2c3d4"), []));
        Assert.Empty(scan.Scan(new("tests/a", "shop_samPle12"), []));
        Assert.Single(scan.Scan(new("b/Key.PFX", "x"), []));
    }

    [Theory]
    [InlineData("[[rules]]\nid='a'\nregex='''(?=x)'''", "line 1")]
    [InlineData("[[rules]]\nid='a'", "needs a regex")]
    [InlineData("[[rules]]\nid='a'\nregex='b'\n[[rules]]\nid='a'\nregex='b'", "twice")]
    [InlineData("[[rules]]\nid='a'\nregex='b'\nsecretGroup=3", "no group 3")]
    [InlineData("[[rules]]\nid='a'\nregex=7", "must be a string")]
    [InlineData("[extend]\nurl='https://x'", "not fetched")]
    [InlineData("[[rules]", "] was expected")]
    public void A_broken_rule_file_is_refused_with_its_place(string text, string expected)
        => Assert.Contains(expected, Assert.Throws<FormatException>(() => GitleaksConfig.Read(text, () => new([], []), _ => null)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(@"\d+", "١٢٣", false)]
    [InlineData(@"a$", "a\n", false)]
    [InlineData(@"(?m)a$", "a\nb", true)]
    [InlineData(@"[\d\-x]y", "-y", true)]
    [InlineData(@"[]a]b", "]b", true)]
    [InlineData(@"[^[:space:]]x", "\tx", false)]
    [InlineData(@"\Qa.b\E$", "axb", false)]
    [InlineData(@"\x{41}\x42\103", "ABC", true)]
    [InlineData(@"x{,3}", "x{,3}", true)]
    [InlineData(@"\pL\P{L}\p{^L}", "a12", true)]
    [InlineData(@"a{2,3}?b", "aab", true)]
    [InlineData(@"(?i:A)b", "ab", true)]
    [InlineData(@"\_\/\-", "_/-", true)]
    [InlineData(@"[a-z-[aeiou]]", "e]", true)]
    [InlineData(@"[+--]", ",", true)]
    public void Patterns_mean_what_they_mean_in_Go(string pattern, string text, bool expected) => Assert.Equal(expected, SecretPattern.Compile(pattern).IsMatch(text));

    [Theory]
    [InlineData(@"(?=a)")]
    [InlineData(@"(?<!a)b")]
    [InlineData(@"(a)\1")]
    [InlineData(@"\q")]
    [InlineData(@"a{1001}")]
    [InlineData(@"(a")]
    [InlineData(@"a)")]
    [InlineData(@"[a")]
    [InlineData(@"a**")]
    [InlineData(@"[[:nope:]]")]
    [InlineData(@"\p{Greek}")]
    public void Patterns_that_Go_does_not_know_are_refused(string pattern) => Assert.Throws<FormatException>(() => SecretPattern.Compile(pattern));

    [Fact]
    public void Any_pattern_compiles_or_is_refused()
        => Prop.ForAll<string>(text =>
        {
            try
            {
                _ = SecretPattern.Compile(text ?? "");
            }
            catch (FormatException)
            {
                return true;
            }
            return true;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Built_in_patterns_need_no_more_than_linear_time()
        => Assert.All(BuiltInSecretRules.Set.Rules, rule => Assert.True(rule.Pattern is null || rule.Pattern.Options.HasFlag(System.Text.RegularExpressions.RegexOptions.NonBacktracking), rule.Id));

    [Fact]
    public void What_a_history_added_is_found_at_its_commit_and_line()
    {
        var commit = new string('c', 40);
        var log = $"""
            commit {commit}

            diff --git a/old b/src/é.txt
            --- a/old
            +++ "b/src/\303\251.txt"
            @@ -3,2 +5 @@ section
            -gone {Token}
            -gone
            +key {Token}
            diff --git a/g b/g
            deleted file mode 100644
            --- a/g
            +++ /dev/null
            @@ -1 +0,0 @@
            -bye
            """;
        var reader = new DiffReader();
        var fragments = log.Split('\n').Select(line => reader.Take(line)).Append(reader.End()).OfType<SecretFragment>().ToArray();

        var found = Assert.Single(new SecretScan(BuiltInSecretRules.Set, []).Scan(Assert.Single(fragments), []));

        Assert.Equal(($"{commit}:src/é.txt:github-token:5", commit), (found.Fingerprint, found.Commit));
        Assert.Equal((1, 1), (reader.Commits, reader.Files));
    }

    [Fact]
    public void Any_lines_are_a_diff_or_nothing()
    {
        string[] lines = ["commit " + new string('a', 40), "diff --git a/x b/x", "+++ b/x", "+++ \"b/\\3", "@@ -1,2 +1,2 @@", "@@ -1 +1 @@", "@@ x @@", "+a", "-b", " c", "\\ No newline", ""];
        Prop.ForAll<int[]>(picks =>
        {
            var reader = new DiffReader();
            foreach (var pick in picks) _ = reader.Take(lines[(pick & int.MaxValue) % lines.Length]);
            return reader.End() is null or { Text.Length: > 0 };
        }).QuickCheckThrowOnFailure();
    }

    private static System.Collections.Immutable.ImmutableArray<Finding> Scan(string text) => new SecretScan(BuiltInSecretRules.Set, []).Scan(new("src/a.cs", text), []);
}
