# A rotated secret or a changed parameter reaches the application by a new deployment.
resource "aws_cloudwatch_event_rule" "changes" {
  name_prefix = "shop-changes-"
  event_pattern = jsonencode({
    "$or" = [
      {
        source      = ["aws.ssm"]
        detail-type = ["Parameter Store Change"]
        detail      = { operation = ["Update"], name = [{ prefix = "/shop/production/" }] }
      },
      {
        source      = ["aws.secretsmanager"]
        detail-type = ["AWS Service Event via CloudTrail"]
        detail = {
          eventName           = ["RotationSucceeded"]
          additionalEventData = { SecretId = [{ wildcard = "arn:*:secret:shop/production/api-*" }] }
        }
      },
    ]
  })
}

resource "aws_cloudwatch_event_target" "deploy" {
  rule     = aws_cloudwatch_event_rule.changes.name
  arn      = aws_sfn_state_machine.deploy.arn
  role_arn = aws_iam_role.start_deploy.arn
}

# A rule cannot call ECS itself; a state machine of one step can.
resource "aws_sfn_state_machine" "deploy" {
  name     = "shop-deploy"
  role_arn = aws_iam_role.deploy.arn
  definition = jsonencode({
    StartAt = "UpdateService"
    States = {
      UpdateService = {
        Type       = "Task"
        Resource   = "arn:${local.partition}:states:::aws-sdk:ecs:updateService"
        Parameters = { Cluster = var.cluster, Service = aws_ecs_service.shop.name, ForceNewDeployment = true }
        End        = true
      }
    }
  })
}

data "aws_iam_policy_document" "states" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["states.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "deploy" {
  name_prefix        = "shop-deploy-"
  assume_role_policy = data.aws_iam_policy_document.states.json
}

data "aws_iam_policy_document" "deploy" {
  statement {
    actions   = ["ecs:UpdateService"]
    resources = [aws_ecs_service.shop.arn]
  }
}

resource "aws_iam_role_policy" "deploy" {
  name   = "deploy"
  role   = aws_iam_role.deploy.id
  policy = data.aws_iam_policy_document.deploy.json
}

data "aws_iam_policy_document" "events" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "start_deploy" {
  name_prefix        = "shop-start-deploy-"
  assume_role_policy = data.aws_iam_policy_document.events.json
}

data "aws_iam_policy_document" "start_deploy" {
  statement {
    actions   = ["states:StartExecution"]
    resources = [aws_sfn_state_machine.deploy.arn]
  }
}

resource "aws_iam_role_policy" "start_deploy" {
  name   = "start"
  role   = aws_iam_role.start_deploy.id
  policy = data.aws_iam_policy_document.start_deploy.json
}
