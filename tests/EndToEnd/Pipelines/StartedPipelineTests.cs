using Fairway.Client;
using Fairway.Source;

namespace Fairway.Pipelines;

/// <summary>Pipelines that a person starts on a control plane, and runs again.</summary>
public sealed class StartedPipelineTests
{
    private const string Pipeline = """
        on:
          inputs:
            target: { description: where to, choices: [staging, nowhere], required: true }
        jobs:
          look: { run: "cat a.txt" }
          ship: { needs: look, env: { TARGET: "${{ inputs.target }}" }, run: 'test "$TARGET" = staging' }
        """;

    [Fact]
    public async Task A_pipeline_is_started_by_hand_waited_for_and_run_again_and_the_exit_code_says_how_it_ended()
    {
        await using var house = await SourceHouse.OpenAsync("trunk: main");
        house.Commit(".fairway/pipeline.yaml", Pipeline, "ci: by hand");
        house.Must("push", "fairway", "main");

        var (code, output) = await house.FairwayAsync("pipeline", "start", "--input", "target=staging", "--wait");
        Assert.True(code == 0 && output.Contains("look: succeeded", StringComparison.Ordinal) && output.Contains("ship: succeeded", StringComparison.Ordinal), output);

        (code, output) = await house.FairwayAsync("pipeline", "start", "main", "--ref", "main", "-i", "target=nowhere", "--wait");
        Assert.True(code == ExitCodes.Failed && output.Contains("ship: failed", StringComparison.Ordinal), output);
        Assert.Contains("ship", (await house.FairwayAsync("pipeline", "status", "latest")).Output);

        // What did well is taken as it is, and what failed fails again.
        (code, output) = await house.FairwayAsync("pipeline", "rerun", "latest", "--wait");
        Assert.True(code == ExitCodes.Failed && output.Contains("look: succeeded: nothing it depends on changed", StringComparison.Ordinal) && output.Contains("ship: failed", StringComparison.Ordinal), output);
        (code, output) = await house.FairwayAsync("pipeline", "rerun", "latest", "--no-cache", "--wait");
        Assert.True(code == ExitCodes.Failed && output.Contains("look: succeeded: all steps did well", StringComparison.Ordinal), output);
        var runs = await house.Client.GetPipelineRunsAsync("main", 10, default);
        Assert.Equal(["failed", "failed", "failed", "succeeded"], runs.Select(run => run.State));

        Assert.Equal(ExitCodes.Usage, (await house.FairwayAsync("pipeline", "start", "--input", "target=moon")).Code);
        Assert.Equal(ExitCodes.Usage, (await house.FairwayAsync("pipeline", "start", "--input", "target=staging", "--ref", "no-such-branch")).Code);
        Assert.Equal(ExitCodes.Usage, (await house.FairwayAsync("pipeline", "rerun", "0000")).Code);
        Assert.Equal(4, (await house.Client.GetPipelineRunsAsync("main", 10, default)).Count);
    }
}
