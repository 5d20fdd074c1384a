using System.Text;

namespace Fairway.Migrations;

public sealed class SqlTests
{
    [Theory]
    [InlineData("select 1; select 2;", 2)]
    [InlineData("select ';'; select $$;$$; select $a$ $$;$$ $a$", 3)]
    [InlineData("select 'it''s;'; select E'\\';'; select \"a;b\"\"c;\"", 3)]
    [InlineData("/* ; /* ; */ ; */ select 1 -- ; 2\n;", 1)]
    [InlineData("create rule r as on insert to t do (select 1; select 2); select 3", 2)]
    [InlineData("create function f() returns int begin atomic select 1; select case when true then 2 end; end; select 3", 2)]
    [InlineData("create function f() returns int language sql as 'select 1; select 2'; select 3", 2)]
    [InlineData("select U&'d\\0061t;'; select $1", 2)]
    public void Statements_are_cut_where_postgresql_cuts_them(string sql, int count)
    {
        var read = Files.Read(("1_a.sql", sql));
        Assert.Empty(read.Problems);
        Assert.Equal(count, read.Files.Single().Statements.Length);
    }

    [Theory]
    [InlineData("select 1;\nselect 'abc", 2, "string")]
    [InlineData("select \"abc", 1, "name")]
    [InlineData("\n\n/* /* */", 3, "comment")]
    [InlineData("select $x$ abc", 1, "$x$")]
    [InlineData("\\i other.sql", 1, "psql")]
    public void What_does_not_end_is_named_with_its_line(string sql, int line, string word)
    {
        var problem = Files.Read(("1_a.sql", sql)).Problems.Single();
        Assert.Equal((line, "not-sql"), (problem.Line, problem.Code));
        Assert.Contains(word, problem.What, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_without_a_statement_is_a_problem() => Assert.Equal("empty", Files.Read(("1_a.sql", ";;  ; -- nothing\n")).Problems.Single().Code);

    [Fact]
    public void A_statement_knows_its_line_and_its_text_without_the_comments_around()
    {
        var statements = Statements("-- first\n\nselect 1;\n\n/* second */ select\n  2 ;\n");
        Assert.Equal([(3, "select 1"), (5, "select\n  2")], statements.Select(one => (one.Line, one.Text)));
    }

    [Theory]
    [InlineData("create index concurrently if not exists i on s.t (a)", "i", "s.t", true)]
    [InlineData("CREATE UNIQUE INDEX CONCURRENTLY \"I x\" ON ONLY \"T\" (a)", "I x", "\"T\"", true)]
    [InlineData("drop index concurrently if exists i", "i", null, false)]
    public void An_index_built_beside_is_known_by_name_and_table(string sql, string name, string? table, bool creates)
    {
        var one = Statements(sql).Single();
        Assert.True(one.NeedsNoTransaction);
        Assert.Equal((name, table, creates), (one.ConcurrentIndex!.Value.Name, one.ConcurrentIndex.Value.Table, one.ConcurrentIndex.Value.Creates));
    }

    [Theory]
    [InlineData("0007_add_email.sql", MigrationPhase.Expand)]
    [InlineData("0007_add_email.expand.sql", MigrationPhase.Expand)]
    [InlineData("20260131-drop-email.contract.sql", MigrationPhase.Contract)]
    public void A_name_says_number_and_phase(string name, MigrationPhase phase) => Assert.Equal(phase, Files.Read((name, "select 1")).Files.Single().Phase);

    [Theory]
    [InlineData("V7__add_email.sql", "file-name")]
    [InlineData("0007_add_email.down.sql", "way back")]
    [InlineData("add_email.sql", "file-name")]
    public void A_name_that_says_nothing_is_a_problem(string name, string word)
    {
        var problem = Files.Read((name, "select 1")).Problems.Single();
        Assert.Contains(word, problem.Code + problem.What, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_files_of_one_phase_with_one_number_have_no_order()
    {
        Assert.Empty(Files.Read(("1_a.expand.sql", "select 1"), ("01_a.contract.sql", "select 1")).Problems);
        Assert.Equal("same-number", Files.Read(("1_a.sql", "select 1"), ("01_b.expand.sql", "select 1")).Problems.Single().Code);
    }

    [Fact]
    public void Line_ends_and_a_mark_of_order_change_no_checksum()
    {
        var plain = Files.Read(("1_a.sql", "select 1;\nselect 2;\n")).Files.Single().Checksum;
        Assert.Equal(plain, Files.Read(("1_a.sql", "\ufeffselect 1;\r\nselect 2;\r\n")).Files.Single().Checksum);
        Assert.NotEqual(plain, Files.Read(("1_a.sql", "select 1;\nselect 3;\n")).Files.Single().Checksum);
    }

    [Fact]
    public void Bytes_that_are_no_text_are_refused()
    {
        Assert.Equal("not-text", MigrationDirectory.Read([("1_a.sql", [0xff, 0xfe, 0x00])]).Problems.Single().Code);
        Assert.Equal("not-text", MigrationDirectory.Read([("1_a.sql", "select 1\0"u8.ToArray())]).Problems.Single().Code);
    }

    [Fact]
    public void A_header_says_what_the_file_wants_and_mistakes_in_it_are_named()
    {
        var file = Files.Read(("1_a.contract.sql", "-- fairway: compatible 1.4.0\n-- fairway: lockTimeout 10s\n-- fairway: statementTimeout 2h\n-- fairway: allow all-rows ten rows\nselect 1")).Files.Single();
        Assert.Equal(("1.4.0", 10d, 2d), (file.Compatible!.Oldest, file.LockTimeout!.Value.TotalSeconds, file.StatementTimeout!.Value.TotalHours));
        Assert.Equal("ten rows", file.Allowed["all-rows"]);
        foreach (var wrong in (string[])["compatible maybe", "lockTimeout soon", "allow nothing because", "allow all-rows", "colour blue", "statementTimeout 0s"])
        {
            var problem = Files.Read(("1_a.sql", $"-- note\n-- fairway: {wrong}\nselect 1")).Problems.Single();
            Assert.Equal((2, "header"), (problem.Line, problem.Code));
        }
    }

    [Theory]
    [InlineData("true", "0.1.0", true)]
    [InlineData("false", "9.0.0", false)]
    [InlineData("1.4.0", "1.4.0", true)]
    [InlineData("v1.4.0", "v1.10.0", true)]
    [InlineData("1.4.0", "1.3.9", false)]
    [InlineData("1.4.0", "2026-01-31", false)]
    public void Compatibility_covers_versions(string said, string version, bool covers) => Assert.Equal(covers, Compatibility.Parse(said)!.Covers(version));

    private static ImmutableArray<SqlStatement> Statements(string sql) => Files.Read(("1_a.sql", sql)).Files.Single().Statements;
}

/// <summary>Files as a person writes them.</summary>
internal static class Files
{
    public static MigrationDirectory Read(params (string Name, string Sql)[] files) => MigrationDirectory.Read(files.Select(file => (file.Name, Encoding.UTF8.GetBytes(file.Sql))));
}
