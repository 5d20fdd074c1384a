namespace Fairway.Kernel;

public sealed class WhyTests
{
    [Theory]
    [InlineData(0, "0 instances of 1.1 wanted")]
    [InlineData(1, "1 instance of 1.1 wanted")]
    [InlineData(2, "2 instances of 1.1 wanted")]
    public void A_sentence_counts_things_in_the_singular_and_the_plural(int count, string sentence)
        => Assert.Equal(sentence, Why.Because("wanted", "{count|instance} of {version} wanted", ("count", count), ("version", "1.1")).Sentence);

    [Fact]
    public void A_fact_that_looks_like_a_placeholder_is_not_filled_in()
        => Assert.Equal("took {name} and {other}", Why.Because("x", "took {name} and {other}", ("name", "{name}")).Sentence);
}
