namespace Fairway.Migrations;

public sealed class LintTests
{
    [Theory]
    [InlineData("alter table t drop column a", "drop-column")]
    [InlineData("ALTER TABLE IF EXISTS ONLY s.t DROP a", "drop-column")]
    [InlineData("alter table t add column b int, drop column if exists a", "drop-column")]
    [InlineData("drop table t", "drop-object")]
    [InlineData("drop view v", "drop-object")]
    [InlineData("alter table t rename column a to b", "rename")]
    [InlineData("alter table t rename to u", "rename")]
    [InlineData("truncate t", "truncate")]
    [InlineData("alter table t add column a int not null", "add-not-null")]
    [InlineData("alter table t alter column a set not null", "set-not-null")]
    [InlineData("alter table t alter a type bigint", "column-type")]
    [InlineData("alter table t alter column \"a\" set data type bigint using a::bigint", "column-type")]
    [InlineData("alter table t add column id uuid default gen_random_uuid()", "rewrites-table")]
    [InlineData("alter table t add column n bigserial", "rewrites-table")]
    [InlineData("create index i on t (a)", "index-blocks-writes")]
    [InlineData("create unique index i on only s.t (a)", "index-blocks-writes")]
    [InlineData("alter table t add constraint c foreign key (a) references u (id)", "constraint-scans")]
    [InlineData("alter table t add check (a > 0)", "constraint-scans")]
    [InlineData("alter table t add constraint c unique (a)", "constraint-builds-index")]
    [InlineData("alter table t add primary key (a)", "constraint-builds-index")]
    [InlineData("lock table t", "long-lock")]
    [InlineData("vacuum full t", "long-lock")]
    [InlineData("reindex table t", "long-lock")]
    [InlineData("refresh materialized view v", "long-lock")]
    [InlineData("begin", "transaction-control")]
    [InlineData("commit", "transaction-control")]
    [InlineData("copy t from stdin", "copy-stdin")]
    public void A_dangerous_statement_of_an_expand_is_an_error_with_its_line(string sql, string code)
    {
        var findings = MigrationLint.Of(Files.Read(("1_a.sql", "select 1;\n\n" + sql + ";\n"))).Where(one => one.Severity == MigrationSeverity.Error).ToArray();
        Assert.Contains(findings, one => one.Code == code && one.Line == 3 && one.Mend.Length > 0);
    }

    [Theory]
    [InlineData("alter table t add column a int")]
    [InlineData("alter table t add column a int not null default 0")]
    [InlineData("alter table t add column a timestamptz default now()")]
    [InlineData("alter table t add column drop_at int")]
    [InlineData("alter table t drop constraint c")]
    [InlineData("alter table t alter column a drop not null, alter column b drop default")]
    [InlineData("create index concurrently i on t (a)")]
    [InlineData("alter table t add constraint c check (a is not null) not valid")]
    [InlineData("alter table t add constraint c unique using index i")]
    [InlineData("alter table t validate constraint c")]
    [InlineData("create table u (id bigint primary key, a int not null); create index i on u (a); alter table u add constraint c check (a > 0)")]
    [InlineData("update t set b = a where b is null")]
    [InlineData("select 'drop table t; alter table t rename to u'")]
    [InlineData("comment on table t is 'drop column'")]
    [InlineData("do $$ begin perform 1; end $$")]
    public void What_hurts_nobody_is_not_spoken_of(string sql) => Assert.Empty(MigrationLint.Of(Files.Read(("1_a.sql", sql))));

    [Fact]
    public void A_contract_may_take_away_and_is_warned_of_locks()
    {
        var findings = MigrationLint.Of(Files.Read(("1_a.contract.sql", "alter table t drop column a;\nalter table t alter column b set not null;")));
        Assert.Equal([("set-not-null", 2, MigrationSeverity.Warning)], findings.Select(one => (one.Code, one.Line, one.Severity)));
    }

    [Fact]
    public void A_check_is_set_aside_by_the_file_with_a_reason()
        => Assert.Empty(MigrationLint.Of(Files.Read(("1_a.sql", "-- fairway: allow index-blocks-writes the table has ten rows\ncreate index i on t (a)"))));

    [Fact]
    public void What_cannot_be_whole_or_locks_all_rows_is_a_warning()
    {
        var findings = MigrationLint.Of(Files.Read(("1_a.sql", "update t set b = a;\ncreate index concurrently i on t (a);\nalter table t add constraint c check (a > 0) not valid;\nalter table t validate constraint c;")));
        Assert.Equal(["all-rows", "split", "validate-beside-add"], findings.Select(one => one.Code));
        Assert.All(findings, one => Assert.Equal(MigrationSeverity.Warning, one.Severity));
    }
}
