namespace Fairway.Access;

public sealed class RoleTests
{
    [Fact]
    public void Who_has_a_role_in_one_environment_has_it_nowhere_else()
    {
        var anna = Given.Of("anna", Given.Role("deployer@staging"));

        Assert.True(anna.May(Permission.Deploy, "staging"));
        Assert.False(anna.May(Permission.Deploy, "production"));
        Assert.False(anna.May(Permission.View, null));
        Assert.True(anna.MaySomewhere(Permission.Deploy));
        Assert.False(anna.MaySomewhere(Permission.Administer));
    }

    [Fact]
    public void Who_has_a_role_everywhere_has_it_in_each_environment()
    {
        var anna = Given.Of("anna", Given.Role("responder"));

        Assert.True(anna.May(Permission.Respond, null) && anna.May(Permission.Steer, "production"));
        Assert.False(anna.May(Permission.Deploy, "production"));
    }

    [Fact]
    public void Who_has_no_role_may_nothing_though_known()
    {
        Assert.False(Given.Of("anna").May(Permission.SignedIn, null));
        Assert.True(Given.Of("anna").May(Permission.None, null));
        Assert.False(Standing.Anonymous.May(Permission.SignedIn, null));
    }

    [Fact]
    public void A_grant_adds_its_role_and_is_named_only_where_it_was_needed()
    {
        var anna = Given.Of("anna", Given.Role("viewer")) with { Grants = [new("g1", Given.Role("deployer@production"), Given.Noon, false)] };

        Assert.True(anna.May(Permission.Deploy, "production"));
        Assert.False(anna.May(Permission.Deploy, "staging"));
        Assert.Equal("g1", anna.Needed(Permission.Deploy, "production")?.Id);
        Assert.Null(anna.Needed(Permission.View, "production"));
    }

    [Theory]
    [InlineData("deployer@staging", true)]
    [InlineData("admin", true)]
    [InlineData("Admin", false)]
    [InlineData("deployer@", false)]
    [InlineData("deployer@a@b", false)]
    [InlineData("deployer@../x", false)]
    [InlineData("owner", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void A_role_is_a_known_word_and_an_environment(string? text, bool valid)
    {
        Assert.Equal(valid, RoleBinding.TryParse(text, out var role));
        Assert.Equal(valid ? text : null, role?.ToString());
    }
}
