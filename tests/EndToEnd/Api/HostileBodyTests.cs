using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Fairway.Client.Wire;

namespace Fairway.Api;

/// <summary>Whatever is sent to an endpoint that takes a body: a problem with a code, nothing done, nothing broken.</summary>
public sealed class HostileBodyTests
{
    public static TheoryData<string> Bodies =>
    [
        "", "null", "[]", "7", "\"x\"", "{", "{\"a\":", "\u0000", "{\"service\":{\"$gt\":\"\"}}", "{\"command\":[\"pause\"]}", "{\"channel\":null,\"address\":null}",
        "{\"service\":\"shop'; DROP TABLE events; --\",\"release\":\"../../etc/passwd\",\"command\":\"../x\",\"channel\":\"<script>\",\"address\":\"\\r\\nX: y\"}",
        "{\"name\":\"" + "\\u0000\\r\\n" + "\",\"reason\":\"\\u001b[31m\"}",
    ];

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task A_body_that_means_nothing_is_a_problem_at_every_endpoint_and_does_nothing(string body)
    {
        await using var house = await ApiHouse.OpenAsync();
        foreach (var endpoint in house.Endpoints.Where(endpoint => endpoint is { Kind: EndpointKind.Api, Method: "POST", Description.Body: not null }))
        {
            // What it asks for needs nothing, or nothing but a reason.
            if (endpoint.Pattern is "/api/access/links" or "/api/judge/backtest" or "/api/freezes") continue;
            var path = endpoint.Pattern["/api/".Length..].Replace("{environment}", "production", StringComparison.Ordinal).Replace("{service}", "shop", StringComparison.Ordinal)
                .Replace("{id}", "none", StringComparison.Ordinal);
            using var content = new StringContent(body, Encoding.UTF8, "application/json");
            using var answer = await house.Raw.PostAsync(path, content);
            var text = await answer.Content.ReadAsStringAsync();
            Assert.True((int)answer.StatusCode is >= 400 and < 500, $"{endpoint}: {(int)answer.StatusCode} {text}");
            Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
            var problem = JsonSerializer.Deserialize(text, WireJson.Default.ProblemInfo)!;
            Assert.True(problem.Code.Length > 0 && problem.Detail.Length > 0, $"{endpoint}: {text}");
        }
        Assert.Empty(house.Ledger.Records);
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_refused_at_every_endpoint()
    {
        await using var house = await ApiHouse.OpenAsync();
        foreach (var endpoint in house.Endpoints.Where(endpoint => endpoint is { Kind: EndpointKind.Api, Method: "POST", Description.Body: not null }))
        {
            using var content = new ByteArrayContent(new byte[(int)Limits.Body + 1]);
            content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            using var request = new HttpRequestMessage(HttpMethod.Post, endpoint.Pattern["/api/".Length..].Replace("{environment}", "production", StringComparison.Ordinal)
                .Replace("{service}", "shop", StringComparison.Ordinal).Replace("{id}", "none", StringComparison.Ordinal)) { Content = content };
            request.Headers.ExpectContinue = true;
            using var answer = await house.Raw.SendAsync(request);
            Assert.True(answer.StatusCode == HttpStatusCode.RequestEntityTooLarge, $"{endpoint}: {(int)answer.StatusCode}");
        }
    }

    [Theory]
    [InlineData("services/production/..%2F..%2Fetc%2Fpasswd")]
    [InlineData("services/production/%00")]
    [InlineData("services/production/shop%0d%0aX-Injected:%20yes")]
    [InlineData("rollouts/production/shop/1%20OR%201=1")]
    [InlineData("releases?service=..%2F")]
    [InlineData("instances?cursor=%00%2F%2F")]
    [InlineData("ledger/records?stream=%27%20OR%201=1--")]
    [InlineData("subscriptions?cursor=..%2F..%2Fx")]
    public async Task A_path_or_query_from_hell_finds_nothing_and_injects_nothing(string path)
    {
        await using var house = await ApiHouse.OpenAsync();
        using var answer = await house.Raw.GetAsync(path);
        Assert.True((int)answer.StatusCode < 500, $"{(int)answer.StatusCode}");
        Assert.False(answer.Headers.Contains("X-Injected"));
        Assert.DoesNotContain("root:", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_subscription_of_another_name_than_its_id_leads_out_of_no_folder()
    {
        await using var house = await ApiHouse.OpenAsync();
        using var request = new HttpRequestMessage(HttpMethod.Delete, "subscriptions/..%2F..%2Ffairway");
        using var answer = await house.Raw.SendAsync(request);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }
}
