namespace Fairway.Source;

/// <summary>What commits say together.</summary>
public sealed class CommitTallyTests
{
    [Fact]
    public void Kinds_authors_and_breaking_changes_are_added_up_and_merges_are_not_counted()
    {
        var tally = new CommitTally();
        tally.Add(Commit("Fix(cart): round once", "bert"));
        tally.Add(Commit("feat: wishes\n\nBREAKING CHANGE: the old list is gone", "anna"));
        tally.Add(Commit("fix: again", "anna"));
        tally.Add(Commit("added stuff", "carl\u202e\n"));
        tally.Add(Commit("chore!: a merge", "dora") with { IsMerge = true });
        var range = tally.With(["a", "b"]);
        Assert.Equal((4, true), (range.Commits, range.IsBreaking));
        Assert.Equal(["feat", "fix"], range.Kinds);
        Assert.Equal(["anna", "bert", "carl"], range.Authors);
        Assert.Equal(["a", "b"], range.Files!.Value);
    }

    [Fact]
    public void A_kind_that_nobody_would_write_and_a_message_without_end_are_left_out()
    {
        var tally = new CommitTally();
        tally.Add(Commit(new string('x', 41) + ": y", ""));
        tally.Add(Commit("feat: " + new string('x', ConventionalCommitReader.LongestMessage), "anna"));
        Assert.Equal((2, 0, 1), (tally.Commits, tally.With(null).Kinds.Length, tally.With(null).Authors.Length));
        Assert.False(tally.With(null).IsBreaking);
    }

    private static CommitText Commit(string message, string author) => new(new('a', 40), message) { Author = author };
}
